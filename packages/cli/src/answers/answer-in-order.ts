import type { GenerationEvent } from '@h2ovl/core';
import { AnswerJob } from './answer-job.ts';

export interface AnswerInOrderOptions {
  /** Stops all answers. */
  readonly signal: AbortSignal;
  /** Answers in work at the same time. */
  readonly limit: number;
}

/**
 * Answers one item after the other, in their order, while the next pages are already being read: an answer is started when the one before
 * it has got to writing, because encoding several pages at once would only delay the first of them.
 * Leaving the loop stops all answers and waits for them.
 */
export async function* answerInOrder<T>(
  items: readonly T[],
  start: (item: T, signal: AbortSignal) => AsyncIterable<GenerationEvent>,
  { signal, limit }: AnswerInOrderOptions,
): AsyncGenerator<{ readonly item: T; readonly job: AnswerJob }, void> {
  const leaving = new AbortController();
  const stop = AbortSignal.any([signal, leaving.signal]);
  const jobs: AnswerJob[] = [];
  const startNext = (): void => {
    const next = items[jobs.length];
    const inWork = jobs.filter((job) => !job.isSettled).length;
    const canStart = inWork < limit && (jobs.at(-1)?.isWriting ?? true) && !stop.aborted;
    if (next !== undefined && canStart) jobs.push(new AnswerJob(start(next, stop), startNext));
  };
  try {
    for (const [index, item] of items.entries()) {
      stop.throwIfAborted();
      startNext(); // the first, or the next one where the one before it has just ended
      const job = jobs[index] as AnswerJob; // everything before it is settled, so it was started
      yield { item, job };
      await job.result.catch(() => {});
    }
  } finally {
    leaving.abort(new DOMException('No answer is wanted any more.', 'AbortError'));
    await Promise.allSettled(jobs.map((job) => job.result));
  }
}
