import type { ServerContext } from '@modelcontextprotocol/server';
import type { WorkEvent } from '../queue/model-runner.ts';

/** Turns work events into `notifications/progress`: rising, with a message, at least every few seconds. */
export interface ProgressReporter {
  readonly onEvent: (event: WorkEvent) => void;
  /** Ends the heartbeat. */
  stop(): void;
}

// Where each phase lies on the scale from 0 to 100.
const spans = {
  load: [1, 10],
  'decode-image': [10, 12],
  'encode-image': [12, 50],
  prefill: [50, 60],
  generate: [60, 99],
} as const;

const heartbeatMs = 4000; // hosts give up after 5 minutes, some after 60 s; one missed beat must not matter
const messageGapMs = 400; // tokens come faster than anyone reads

/** Reports only when the client sent a progress token; otherwise costs nothing. */
export function createProgressReporter(ctx: ServerContext): ProgressReporter {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return { onEvent: () => {}, stop: () => {} };
  let last = 0;
  let lastSent = 0;
  let lastMessage = 'started';
  const send = (progress: number, message: string): void => {
    last = progress > last ? progress : last + 0.001; // it must rise; the small step keeps long phases far from the next
    lastMessage = message;
    lastSent = performance.now();
    const params = { progressToken, progress: Math.round(last * 1000) / 1000, total: 100, message };
    ctx.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {}); // the client has gone; the abort says so too
  };
  const speed = makeSpeedometer();
  const timer = setInterval(() => {
    if (performance.now() - lastSent >= heartbeatMs - 50) send(last, lastMessage);
  }, heartbeatMs);
  timer.unref();
  return {
    onEvent: (event) => {
      const step = describe(event, speed);
      if (step !== undefined && (step.isMilestone || performance.now() - lastSent >= messageGapMs)) send(step.progress, step.message);
    },
    stop: () => clearInterval(timer),
  };
}

interface Step {
  readonly progress: number;
  readonly message: string;
  readonly isMilestone: boolean;
}

function describe(event: WorkEvent, speed: (tokens: number) => string): Step | undefined {
  if (event.type === 'text-delta') return undefined; // its token was counted by a progress event
  if (event.type === 'wait') return { progress: 0.5, message: `waiting, ${event.ahead} before this one`, isMilestone: true };
  if (event.type === 'load') return { ...describeLoad(event.progress), isMilestone: false };
  const { phase, done, total } = event;
  const progress = place(phase, done, total);
  if (phase === 'decode-image') return { progress, message: `${done} of ${total} images opened`, isMilestone: true };
  if (phase === 'encode-image') return { progress, message: `tile ${done} of ${total}`, isMilestone: true };
  if (phase === 'prefill') return { progress, message: `prompt token ${done} of ${total}`, isMilestone: false };
  return { progress, message: `${done} ${done === 1 ? 'token' : 'tokens'} written${speed(done)}`, isMilestone: done === 1 };
}

function describeLoad(progress: Extract<WorkEvent, { readonly type: 'load' }>['progress']): {
  readonly progress: number;
  readonly message: string;
} {
  switch (progress.type) {
    case 'verify':
      return { progress: place('load', 0, 1), message: 'loading the model: checking its files' };
    case 'convert':
      return {
        progress: place('load', progress.doneBytes, progress.totalBytes * 2),
        message: `loading the model: converting it once, ${percent(progress.doneBytes, progress.totalBytes)} %`,
      };
    case 'wait':
      return { progress: place('load', 0, 1), message: 'loading the model: another process is converting it' };
    case 'session':
      return {
        progress: place('load', progress.total + progress.done, progress.total * 2),
        message: `loading the model: part ${progress.done} of ${progress.total}`,
      };
  }
}

function place(phase: keyof typeof spans, done: number, total: number): number {
  const [start, end] = spans[phase];
  return total > 0 ? start + (end - start) * Math.min(1, done / total) : start;
}

function percent(done: number, total: number): number {
  return total > 0 ? Math.floor((done / total) * 100) : 0;
}

function makeSpeedometer(): (tokens: number) => string {
  let first: { readonly at: number; readonly tokens: number } | undefined;
  return (tokens) => {
    first ??= { at: performance.now(), tokens };
    const seconds = (performance.now() - first.at) / 1000;
    return seconds > 0.2 ? `, ${((tokens - first.tokens) / seconds).toFixed(1)} a second` : '';
  };
}
