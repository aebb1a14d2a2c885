import { expect, expectTypeOf, test } from 'vitest';
import type { GenerationStream } from '../../../src/generation/events.ts';
import { PullGenerationStream } from '../../../src/generation/generation-stream.ts';
import { collect, type Events, hangs, log, result, script, watchStreams, work } from '../../helpers/scripted-events.ts';

watchStreams();

test('gives all events in order, then the result', async () => {
  const stream = new PullGenerationStream(work);
  expect(await collect(stream)).toEqual(script);
  expect(await stream.result).toBe(result);
  expect(log.at(-1)).toBe('clean-up');
});

test('reads itself when only the result is asked for, once', async () => {
  const stream = new PullGenerationStream(work);
  expect(await stream.result).toBe(result);
  expect(await stream.result).toBe(result);
  expect(log.filter((line) => line === 'start')).toHaveLength(1);
});

test('costs nothing when it is never read', async () => {
  const stream = new PullGenerationStream(work, AbortSignal.timeout(1));
  void stream.textStream;
  stream[Symbol.asyncIterator]();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log).toEqual([]);
});

test('makes an event only when it is asked for one: a slow reader slows the work', async () => {
  const iterator = new PullGenerationStream(work)[Symbol.asyncIterator]();
  await iterator.next();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log).toEqual(['start', 'progress']);
  await iterator.next();
  expect(log).toEqual(['start', 'progress', 'text-delta']);
  await iterator.return?.();
});

test('leaving the loop stops the work, cleans up, and rejects the result with an AbortError', async () => {
  const stream = new PullGenerationStream(work);
  for await (const event of stream) if (event.type === 'text-delta') break;
  expect(log).toEqual(['start', 'progress', 'text-delta', 'clean-up']);
  await expect(stream.result).rejects.toMatchObject({ name: 'AbortError' });
});

test('leaving the loop at the finish event keeps the result', async () => {
  const stream = new PullGenerationStream(work);
  for await (const event of stream) if (event.type === 'finish') break;
  expect(await stream.result).toBe(result);
  expect(log.at(-1)).toBe('clean-up');
});

test('an exception in the loop stops the work and comes out as it is', async () => {
  const mine = new Error('mine');
  const read = async (): Promise<void> => {
    for await (const _ of new PullGenerationStream(work).textStream) throw mine;
  };
  await expect(read()).rejects.toBe(mine);
  expect(log.at(-1)).toBe('clean-up');
});

test('return while a step is running ends that step', async () => {
  const iterator = new PullGenerationStream(hangs)[Symbol.asyncIterator]();
  await iterator.next();
  const pending = iterator.next();
  const closed = iterator.return?.();
  await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  expect(await closed).toEqual({ done: true, value: undefined });
  expect(log).toEqual(['hang', 'clean-up']);
});

test('throw on the iterator stops the work and rejects with that error', async () => {
  const iterator = new PullGenerationStream(work)[Symbol.asyncIterator]();
  await iterator.next();
  await expect(iterator.throw?.('mine')).rejects.toBe('mine');
  expect(log.at(-1)).toBe('clean-up');
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test('starts nothing when the signal was aborted before', async () => {
  const reason = { mine: true };
  const stream = new PullGenerationStream(work, AbortSignal.abort(reason));
  await expect(collect(stream)).rejects.toBe(reason);
  await expect(stream.result).rejects.toBe(reason);
  expect(log).toEqual([]);
});

test.each(['reader', 'result'] as const)('an abort inside a step reaches the %s with its reason, after the clean-up', async (door) => {
  const controller = new AbortController();
  const stream = new PullGenerationStream(hangs, controller.signal);
  const reading = door === 'reader' ? collect(stream) : stream.result;
  setTimeout(() => controller.abort('my reason'), 2);
  await expect(reading).rejects.toBe('my reason');
  expect(log).toEqual(['hang', 'clean-up']);
  await expect(stream.result).rejects.toBe('my reason');
});

test('an abort between two reads stops work that does not look at the signal itself', async () => {
  async function* deaf(): Events {
    try {
      yield* script;
    } finally {
      log.push('clean-up');
    }
  }
  const controller = new AbortController();
  const iterator = new PullGenerationStream(deaf, controller.signal)[Symbol.asyncIterator]();
  await iterator.next();
  controller.abort('stop');
  await expect(iterator.next()).rejects.toBe('stop');
  expect(log).toEqual(['clean-up']);
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test('an abort after the end changes nothing', async () => {
  const controller = new AbortController();
  const stream = new PullGenerationStream(work, controller.signal);
  await collect(stream);
  controller.abort('late');
  expect(await stream.result).toBe(result);
});

test('an abort between the finish event and the end changes nothing', async () => {
  const controller = new AbortController();
  const stream = new PullGenerationStream(work, controller.signal);
  for await (const event of stream) if (event.type === 'finish') controller.abort('late');
  expect(await stream.result).toBe(result);
});

test('lets go of the caller’s signal at the end', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...parameters: Parameters<typeof add>) => {
    listeners += 1;
    add(...parameters);
  };
  signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...parameters);
  };
  await collect(new PullGenerationStream(work, signal));
  for await (const _ of new PullGenerationStream(work, signal)) break;
  expect(listeners).toBe(0);
});

test('a second read throws, by whichever door', async () => {
  const stream = new PullGenerationStream(work);
  await collect(stream.textStream);
  for (const door of [stream, stream.textStream, stream.partialObjectStream]) {
    await expect(collect(door as AsyncIterable<unknown>)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', hint: expect.any(String) });
  }
  expect(await stream.result).toBe(result);
});

test('a read while the result is drained throws too', async () => {
  const stream = new PullGenerationStream(work);
  const whole = stream.result;
  await expect(collect(stream)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await whole).toBe(result);
});

test('the text stream has the deltas alone', async () => {
  expect(await collect(new PullGenerationStream(work).textStream)).toEqual(['one ', 'two']);
});

test('leaving the text stream stops the work', async () => {
  for await (const _ of new PullGenerationStream(work).textStream) break;
  expect(log).toEqual(['start', 'progress', 'text-delta', 'clean-up']);
});

test('the object stream has the partial objects alone', async () => {
  interface Page {
    readonly shop: string;
  }
  const stream = new PullGenerationStream<Page>(async function* () {
    yield { type: 'text-delta', delta: '{' };
    yield { type: 'object-delta', partial: {} };
    yield { type: 'object-delta', partial: { shop: 'A' } };
    yield { type: 'finish', result: { ...result, object: { shop: 'A' } } };
  });
  expect(await collect(stream.partialObjectStream)).toEqual([{}, { shop: 'A' }]);
  expect((await stream.result).object).toEqual({ shop: 'A' });
});

test('is what the public interface says', () => {
  expectTypeOf<PullGenerationStream<{ a: 1 }>>().toExtend<GenerationStream<{ a: 1 }>>();
});

test.each(['the caller', 'the model'])('ends the work of a reader that paused when %s aborts, without another read', async (who) => {
  const caller = new AbortController();
  const model = new AbortController();
  let isCleanedUp = false;
  const stream = new PullGenerationStream(
    async function* () {
      try {
        yield { type: 'text-delta', delta: 'a' } as const;
        yield { type: 'text-delta', delta: 'b' } as const;
      } finally {
        isCleanedUp = true;
      }
    },
    caller.signal,
    model.signal,
  );
  const reader = stream[Symbol.asyncIterator]();
  await reader.next();
  (who === 'the caller' ? caller : model).abort('over');
  await new Promise((resolve) => setImmediate(resolve));
  expect(isCleanedUp).toBe(true);
  await expect(stream.result).rejects.toBe('over');
  await expect(reader.next()).rejects.toBe('over');
});
