import { afterEach, beforeEach, expect } from 'vitest';
import type { GenerateResult, GenerationEvent } from '../../src/index.ts';

export type Events = AsyncGenerator<GenerationEvent, void>;

export const result: GenerateResult = {
  text: 'one two',
  object: undefined,
  finishReason: 'stop',
  usage: { inputTokens: 3, imageTokens: 0, outputTokens: 2, cachedTokens: 0 },
  timings: { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 1, decodeMs: 1 },
  warnings: [],
};

export const script: readonly GenerationEvent[] = [
  { type: 'progress', phase: 'prefill', done: 1, total: 1 },
  { type: 'text-delta', delta: 'one ' },
  { type: 'text-delta', delta: 'two' },
  { type: 'finish', result },
];

/** What the generators of the present test did: 'start', one line per event made, 'hang', 'clean-up'. */
export const log: string[] = [];

/** Empties the log before each test, and fails a test that left a rejection unhandled. */
export function watchStreams(): void {
  const unhandled: unknown[] = [];
  const remember = (reason: unknown): void => {
    unhandled.push(reason);
  };
  beforeEach(() => {
    log.length = 0;
    process.on('unhandledRejection', remember);
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve)); // unhandled rejections are reported after the microtasks
    process.off('unhandledRejection', remember);
    expect(unhandled.splice(0)).toEqual([]);
  });
}

/** One turn of the event loop: what a step of a model takes at least. */
export const step = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The script, a step and a look at the signal before each event. */
export async function* work(signal: AbortSignal): Events {
  log.push('start');
  try {
    for (const event of script) {
      await step();
      signal.throwIfAborted();
      log.push(event.type);
      yield event;
    }
  } finally {
    log.push('clean-up');
  }
}

/** One delta, then a step that only an abort ends. */
export async function* hangs(signal: AbortSignal): Events {
  try {
    yield { type: 'text-delta', delta: 'one ' };
    log.push('hang');
    await untilAborted(signal);
  } finally {
    await Promise.resolve();
    log.push('clean-up');
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error('the runtime was told to stop'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

export async function collect<R>(source: AsyncIterable<R>): Promise<R[]> {
  const values: R[] = [];
  for await (const value of source) values.push(value);
  return values;
}
