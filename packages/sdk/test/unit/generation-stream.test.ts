import { describe, expect, it } from 'vitest';
import { EventStream } from '../../src/generation-stream.ts';
import type { GenerateResult, GenerationEvent } from '../../src/index.ts';

const result: GenerateResult = {
  text: 'ab',
  object: undefined,
  finishReason: 'stop',
  usage: { inputTokens: 1, imageTokens: 0, outputTokens: 2, cachedTokens: 0 },
  timings: { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 },
  warnings: [],
};

interface Log {
  started: number;
  stopped: boolean;
}

function makeStream(source?: AbortSignal): { readonly stream: EventStream<undefined>; readonly log: Log } {
  const log: Log = { started: 0, stopped: false };
  const stream = new EventStream<undefined>(async function* (signal): AsyncGenerator<GenerationEvent, void> {
    log.started += 1;
    try {
      for (const delta of ['a', 'b']) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        signal.throwIfAborted();
        yield { type: 'text-delta', delta };
      }
      yield { type: 'finish', result };
    } finally {
      log.stopped = true;
    }
  }, source);
  return { stream, log };
}

async function collect<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

describe('EventStream', () => {
  it('gives the result after it was iterated', async () => {
    const { stream } = makeStream();
    expect(await collect(stream)).toHaveLength(3);
    expect(await stream.result).toBe(result);
  });

  it('runs by itself when only the result is awaited, once', async () => {
    const { stream, log } = makeStream();
    expect(await Promise.all([stream.result, stream.result])).toEqual([result, result]);
    expect(log.started).toBe(1);
  });

  it('gives only the text through textStream', async () => {
    expect(await collect(makeStream().stream.textStream)).toEqual(['a', 'b']);
  });

  it('refuses a second read, by whichever door', async () => {
    const { stream } = makeStream();
    await collect(stream);
    await expect(collect(stream)).rejects.toThrow('already read');
    await expect(collect(stream.textStream)).rejects.toThrow('already read');
  });

  it('stops the work when the loop is left, also through textStream', async () => {
    for (const door of ['events', 'text'] as const) {
      const { stream, log } = makeStream();
      for await (const _ of door === 'events' ? stream : stream.textStream) break;
      expect(log.stopped).toBe(true);
      await expect(stream.result).rejects.toMatchObject({ name: 'AbortError' });
    }
  });

  it('aborts the signal of the work when the loop is left, for work that goes on beside the generator', async () => {
    let seen: AbortSignal | undefined;
    const stream = new EventStream<undefined>(async function* (signal): AsyncGenerator<GenerationEvent, void> {
      seen = signal;
      yield { type: 'text-delta', delta: 'a' };
    });
    for await (const _ of stream) break;
    expect(seen?.aborted).toBe(true);
  });

  it('rejects with the reason of the caller’s signal, before and during', async () => {
    const reason = { mine: true };
    const before = makeStream(AbortSignal.abort(reason));
    await expect(before.stream.result).rejects.toBe(reason);
    expect(before.log.started).toBe(0);
    const controller = new AbortController();
    const during = makeStream(controller.signal);
    const read = (async () => {
      for await (const _ of during.stream) controller.abort(reason);
    })();
    await expect(read).rejects.toBe(reason);
    await expect(during.stream.result).rejects.toBe(reason);
  });

  it('keeps a finished result when disposed or aborted afterwards', async () => {
    const controller = new AbortController();
    const { stream } = makeStream(controller.signal);
    await stream.result;
    controller.abort();
    await stream[Symbol.asyncDispose]();
    expect(await stream.result).toBe(result);
  });

  it('costs nothing when never started, and cannot start after disposal', async () => {
    const { stream, log } = makeStream();
    await stream[Symbol.asyncDispose]();
    await expect(stream.result).rejects.toMatchObject({ name: 'AbortError' });
    await expect(collect(stream)).rejects.toThrow('already read');
    expect(log.started).toBe(0);
  });

  it('stops a drain that is under way when disposed', async () => {
    const { stream, log } = makeStream();
    const pending = stream.result;
    await stream[Symbol.asyncDispose]();
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
    expect(log.stopped).toBe(true);
  });

  it('says so when the generation ends without a finish event', async () => {
    const stream = new EventStream<undefined>(async function* () {});
    await expect(stream.result).rejects.toThrow('without a finish event');
  });

  it('reports a failure to the reader, and result causes no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    // biome-ignore lint/correctness/useYield: a generation that fails before its first event
    const stream = new EventStream<undefined>(async function* () {
      throw new Error('broken');
    });
    await expect(collect(stream)).rejects.toThrow('broken');
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });
});
