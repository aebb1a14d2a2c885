import type { LoadProgress } from '@h2ovl/contract';
import type { GenerationEvent } from '@h2ovl/core';
import { formatSize } from './format-size.ts';
import type { Status, StatusLine } from './status-line.ts';

type AnswerProgress = Extract<GenerationEvent, { readonly type: 'progress' }>;

/** Turns the events of one answer into a status: tile k of n, part of the prompt, tokens per second. */
export function createAnswerLabels(name: string, now: () => number = () => performance.now()): (progress: AnswerProgress) => Status {
  let first: { readonly done: number; readonly at: number } | undefined;
  return ({ phase, done, total }) => {
    switch (phase) {
      case 'decode-image':
        return { label: `${name}: opening${total > 1 ? ` image ${Math.min(done + 1, total)} of ${total}` : ''}` };
      case 'encode-image':
        return { label: `${name}: tile ${Math.min(done + 1, total)} of ${total}`, fraction: done / total };
      case 'prefill':
        return { label: `${name}: prompt`, fraction: done / total };
      case 'generate': {
        first ??= { done, at: now() };
        const seconds = (now() - first.at) / 1000;
        const speed = seconds > 0 && done > first.done ? `, ${((done - first.done) / seconds).toFixed(1)} tokens/s` : '';
        return { label: `${name}: ${done} ${done === 1 ? 'token' : 'tokens'}${speed}` };
      }
    }
  };
}

/** Shows a load: a moving line on a terminal; elsewhere one line for each phase that takes long, so a log tells what was waited for. */
export function createLoadReporter(status: StatusLine): (progress: LoadProgress) => void {
  let phase: LoadProgress['type'] | undefined;
  let wasLong = false;
  return (progress) => {
    const isNew = progress.type !== phase;
    phase = progress.type;
    wasLong ||= progress.type !== 'session';
    // Opening a model that was converted before takes no time worth a line.
    if (isNew && wasLong) status.logPhase(describePhase(progress));
    status.show(describeStep(progress));
  };
}

function describePhase(progress: LoadProgress): string {
  switch (progress.type) {
    case 'convert':
      return `Converting the checkpoint (${formatSize(progress.totalBytes)}), once.`;
    case 'wait':
      return `Waiting: ${progress.reason}`;
    case 'verify':
      return `Checking the files (${formatSize(progress.totalBytes)}).`;
    case 'session':
      return 'Opening the model.';
  }
}

function describeStep(progress: LoadProgress): Status {
  switch (progress.type) {
    case 'convert':
    case 'verify': {
      const { doneBytes, totalBytes } = progress;
      const [what, item] = progress.type === 'convert' ? ['converting', progress.item] : ['checking', progress.file];
      return {
        label: `${what}: ${formatSize(doneBytes)} of ${formatSize(totalBytes)} (${item})`,
        fraction: totalBytes === 0 ? 1 : doneBytes / totalBytes,
      };
    }
    case 'wait':
      return { label: `waiting: ${progress.reason}` };
    case 'session':
      return {
        label: progress.name === 'warm-up' ? "compiling the GPU's programs" : `opening: ${progress.name}`,
        fraction: progress.done / Math.max(1, progress.total),
      };
  }
}
