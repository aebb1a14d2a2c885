import { expect, test } from 'vitest';
import { GenerationStream } from '../../src/index.ts';
import { collect, type Events, hangs, log, result, script, step, watchStreams, work } from '../helpers/scripted-events.ts';

watchStreams();

test('an error of start comes to the reader and to the result', async () => {
  const failure = new Error('no model');
  const fails = (): Events => {
    throw failure;
  };
  const stream = new GenerationStream(fails);
  await expect(collect(stream)).rejects.toBe(failure);
  await expect(stream.result).rejects.toBe(failure);
  await expect(new GenerationStream(fails).result).rejects.toBe(failure);
});

test('something other than a signal is refused: the result and the reader settle, and nothing starts', async () => {
  for (const value of [null, new AbortController()] as unknown as AbortSignal[]) {
    const stream = new GenerationStream(work, value);
    await expect(stream.result).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'signal' });
    await expect(collect(stream)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'signal' });
    await stream[Symbol.asyncDispose]();
  }
  expect(log).toEqual([]);
});

test('an unread result of a failed stream stays quiet', async () => {
  const failure = new Error('half way');
  // biome-ignore lint/correctness/useYield: it fails before its first event
  const stream = new GenerationStream(async function* (): Events {
    throw failure;
  });
  await expect(collect(stream)).rejects.toBe(failure); // afterEach looks for unhandled rejections
});

test('refuses a generator that ends without a finish event', async () => {
  const stream = new GenerationStream(async function* (): Events {
    yield { type: 'text-delta', delta: 'x' };
  });
  await expect(collect(stream)).rejects.toMatchObject({ code: 'SESSION_FAILED' });
  await expect(stream.result).rejects.toMatchObject({ code: 'SESSION_FAILED' });
});

test('disposal ends a drain that is under way, waits for the clean-up, and may be repeated', async () => {
  const stream = new GenerationStream(hangs);
  const whole = stream.result;
  await new Promise((resolve) => setTimeout(resolve, 2));
  await stream[Symbol.asyncDispose]();
  expect(log).toEqual(['hang', 'clean-up']);
  await expect(whole).rejects.toMatchObject({ name: 'AbortError', message: expect.stringContaining('disposed') });
  await stream[Symbol.asyncDispose]();
});

test('disposal before the first read: reading and the result reject, nothing starts', async () => {
  const stream = new GenerationStream(work);
  await stream[Symbol.asyncDispose]();
  await expect(stream.result).rejects.toMatchObject({ name: 'AbortError' });
  await expect(collect(stream)).rejects.toMatchObject({ name: 'AbortError' });
  expect(log).toEqual([]);
});

test('disposal after the end keeps the result', async () => {
  const stream = new GenerationStream(work);
  await collect(stream);
  await stream[Symbol.asyncDispose]();
  expect(await stream.result).toBe(result);
});

test.each(['while it runs', 'when it is complete'])('a failing clean-up after a break %s is not swallowed', async (when) => {
  const failure = new Error('could not free');
  const read = async (): Promise<void> => {
    const stream = new GenerationStream(async function* (): Events {
      try {
        for (const event of script) {
          if (when === 'while it runs') await step();
          yield event;
        }
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: this is the failure under test
        throw failure;
      }
    });
    for await (const _ of stream) break;
  };
  await expect(read()).rejects.toBe(failure);
});

test('a clean-up that fails after the finish event comes to the reader last, and the result stands', async () => {
  const failure = new Error('could not free');
  const stream = new GenerationStream(async function* (): Events {
    yield { type: 'finish', result };
    throw failure;
  });
  const iterator = stream[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toMatchObject({ type: 'finish' });
  await expect(iterator.next()).rejects.toBe(failure);
  expect(await stream.result).toBe(result);
});
