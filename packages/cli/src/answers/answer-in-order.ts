import { AnswerJob, type ReportUpdate } from './answer-job.ts';

export interface AnswerInOrderOptions {
  /** Stops all answers. */
  readonly signal: AbortSignal;
  /** Answers in work at the same time. */
  readonly limit: number;
}

/** Begins the work on one item. */
export type StartAnswer<T, Result> = (item: T, report: ReportUpdate, signal: AbortSignal) => Promise<Result>;

/** An item, and the work on it. */
export interface AnswerInWork<T, Result> {
  readonly item: T;
  readonly job: AnswerJob<Result>;
}

/**
 * Answers one item after the other, in their order, while the next pages are already being read: an answer is started when the one before
 * it has got to writing, because encoding several pages at once would only delay the first of them. Items are only asked for when they are needed.
 * Leaving the loop stops all answers and waits for them.
 */
export async function* answerInOrder<T, Result>(
  items: Iterable<T> | AsyncIterable<T>,
  start: StartAnswer<T, Result>,
  { signal, limit }: AnswerInOrderOptions,
): AsyncGenerator<AnswerInWork<T, Result>, void> {
  const leaving = new AbortController();
  const stop = AbortSignal.any([signal, leaving.signal]);
  const iterator = iterate(items);
  /** Answers that were started and not yet handed out. */
  const waiting: AnswerInWork<T, Result>[] = [];
  const unsettled = new Set<AnswerJob<Result>>();
  let latest: AnswerJob<Result> | undefined;
  let asking: Promise<void> | undefined;
  let end: { readonly error?: unknown } | undefined;
  let wake: () => void = () => {};

  const canStart = (): boolean => unsettled.size < limit && waiting.length < limit && (latest?.isWriting ?? true) && !stop.aborted;
  const startNext = (): void => {
    for (const job of unsettled) if (job.isSettled) unsettled.delete(job);
    if (asking !== undefined || end !== undefined || !canStart()) return;
    asking = askNext().then(
      () => {
        asking = undefined;
        startNext();
        wake();
      },
      (error: unknown) => {
        end = { error };
        asking = undefined;
        wake();
      },
    );
  };
  const askNext = async (): Promise<void> => {
    const { done, value } = await iterator.next();
    if (done) end = {};
    else if (!stop.aborted) {
      latest = new AnswerJob((report) => start(value, report, stop), startNext);
      if (!latest.isSettled) unsettled.add(latest);
      waiting.push({ item: value, job: latest });
    }
  };

  try {
    for (;;) {
      stop.throwIfAborted();
      startNext(); // the first, or the next one where the one before it has just ended
      const next = waiting.shift();
      if (next !== undefined) {
        yield next;
        await next.job.result.catch(() => {});
      } else if (end !== undefined) {
        if ('error' in end) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    leaving.abort(new DOMException('No answer is wanted any more.', 'AbortError'));
    await asking;
    await Promise.allSettled([...unsettled].map((job) => job.result));
    await iterator.return?.();
  }
}

function iterate<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
