import { expect, test } from 'vitest';
import { type GenerationEvent, GenerationStream } from '../../src/index.ts';
import { collect, type Events, hangs, log, result, script, step, watchStreams, work } from '../helpers/scripted-events.ts';

watchStreams();

test('gives all events in order, then the result', async () => {
  const stream = new GenerationStream(work);
  expect(await collect(stream)).toEqual(script);
  expect(await stream.result).toBe(result);
  expect(log.at(-1)).toBe('clean-up');
});

test('reads itself when only the result is asked for, once', async () => {
  const stream = new GenerationStream(work);
  expect(await stream.result).toBe(result);
  expect(await stream.result).toBe(result);
  expect(log.filter((line) => line === 'start')).toHaveLength(1);
});

test('costs nothing when it is never read', async () => {
  const stream = new GenerationStream(work, AbortSignal.timeout(1));
  void stream.textStream;
  stream[Symbol.asyncIterator]();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log).toEqual([]);
});

const all = ['start', 'progress', 'text-delta', 'text-delta', 'finish', 'clean-up'];
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('never waits for its reader: the work runs to its end, the result settles, and the reader still gets everything', async () => {
  const stream = new GenerationStream(work);
  const iterator = stream[Symbol.asyncIterator]();
  const first = await iterator.next();
  expect(await stream.result).toBe(result);
  await settled();
  expect(log).toEqual(all);
  const rest: unknown[] = [first.value];
  for (let turn = await iterator.next(); !turn.done; turn = await iterator.next()) rest.push(turn.value);
  expect(rest).toEqual(script);
});

test('settles the result and cleans up although a reader took one piece and never came back', async () => {
  const stream = new GenerationStream(work);
  const reader = stream.textStream[Symbol.asyncIterator]();
  await reader.next();
  await settled();
  expect(log).toEqual(all);
  expect(await stream.result).toBe(result);
});

test('gives what was made before a failure first, then the failure', async () => {
  const failure = new Error('half way');
  const stream = new GenerationStream(async function* (): Events {
    yield { type: 'text-delta', delta: 'one ' };
    yield { type: 'text-delta', delta: 'two' };
    throw failure;
  });
  const iterator = stream[Symbol.asyncIterator]();
  await expect(stream.result).rejects.toBe(failure);
  expect((await iterator.next()).value).toEqual({ type: 'text-delta', delta: 'one ' });
  expect((await iterator.next()).value).toEqual({ type: 'text-delta', delta: 'two' });
  await expect(iterator.next()).rejects.toBe(failure);
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test('serves reads that were asked for before there was anything, in order', async () => {
  const iterator = new GenerationStream(work).textStream[Symbol.asyncIterator]();
  const turns = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
  expect(turns.map(({ value }) => value)).toEqual(['one ', 'two', undefined]);
});

test('leaving the loop stops the work, cleans up, and rejects the result with an AbortError', async () => {
  const stream = new GenerationStream(work);
  for await (const event of stream) if (event.type === 'text-delta') break;
  expect(log).toEqual(['start', 'progress', 'text-delta', 'clean-up']);
  await expect(stream.result).rejects.toMatchObject({ name: 'AbortError' });
});

test('leaving the loop aborts the signal of the work, for what goes on beside the generator', async () => {
  let seen: AbortSignal | undefined;
  const stream = new GenerationStream(async function* (signal): Events {
    seen = signal;
    yield { type: 'text-delta', delta: 'a' };
    await settled();
    yield { type: 'finish', result };
  });
  for await (const _ of stream) break;
  expect(seen?.aborted).toBe(true);
});

test('leaving the loop when the answer is complete keeps the result', async () => {
  const stream = new GenerationStream(work);
  for await (const _ of stream) {
    await settled();
    break;
  }
  expect(log).toEqual(all);
  expect(await stream.result).toBe(result);
});

test('leaving the loop at the finish event keeps the result', async () => {
  const stream = new GenerationStream(work);
  for await (const event of stream) if (event.type === 'finish') break;
  expect(await stream.result).toBe(result);
  expect(log.at(-1)).toBe('clean-up');
});

test('an exception in the loop stops the work and comes out as it is', async () => {
  const mine = new Error('mine');
  const read = async (): Promise<void> => {
    for await (const _ of new GenerationStream(work).textStream) throw mine;
  };
  await expect(read()).rejects.toBe(mine);
  expect(log.at(-1)).toBe('clean-up');
});

test('return while a step is running ends that step', async () => {
  const iterator = new GenerationStream(hangs)[Symbol.asyncIterator]();
  await iterator.next();
  const pending = iterator.next();
  const closed = iterator.return?.();
  await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  expect(await closed).toEqual({ done: true, value: undefined });
  expect(log).toEqual(['hang', 'clean-up']);
});

test('throw on the iterator stops the work and rejects with that error', async () => {
  const iterator = new GenerationStream(work)[Symbol.asyncIterator]();
  await iterator.next();
  await expect(iterator.throw?.('mine')).rejects.toBe('mine');
  expect(log.at(-1)).toBe('clean-up');
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test('starts nothing when the signal was aborted before', async () => {
  const reason = { mine: true };
  const stream = new GenerationStream(work, AbortSignal.abort(reason));
  await expect(collect(stream)).rejects.toBe(reason);
  await expect(stream.result).rejects.toBe(reason);
  expect(log).toEqual([]);
});

test.each(['reader', 'result'] as const)('an abort inside a step reaches the %s with its reason, after the clean-up', async (door) => {
  const controller = new AbortController();
  const stream = new GenerationStream(hangs, controller.signal);
  const reading = door === 'reader' ? collect(stream) : stream.result;
  setTimeout(() => controller.abort('my reason'), 2);
  await expect(reading).rejects.toBe('my reason');
  expect(log).toEqual(['hang', 'clean-up']);
  await expect(stream.result).rejects.toBe('my reason');
});

test('an abort between two reads stops work that does not look at the signal itself', async () => {
  async function* deaf(): Events {
    try {
      for (const event of script) {
        await step();
        yield event;
      }
    } finally {
      log.push('clean-up');
    }
  }
  const controller = new AbortController();
  const iterator = new GenerationStream(deaf, controller.signal)[Symbol.asyncIterator]();
  await iterator.next();
  controller.abort('stop');
  await expect(iterator.next()).rejects.toBe('stop');
  expect(log).toEqual(['clean-up']);
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test('an abort takes back what was made and not read', async () => {
  const controller = new AbortController();
  const stream = new GenerationStream(async function* (): Events {
    yield { type: 'text-delta', delta: 'one ' };
    yield { type: 'text-delta', delta: 'two' };
    await settled();
    yield { type: 'finish', result };
  }, controller.signal);
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  controller.abort('stop');
  await expect(iterator.next()).rejects.toBe('stop');
  await expect(stream.result).rejects.toBe('stop');
});

test('an abort after the end changes nothing', async () => {
  const controller = new AbortController();
  const stream = new GenerationStream(work, controller.signal);
  await collect(stream);
  controller.abort('late');
  expect(await stream.result).toBe(result);
});

test('an abort between the finish event and the end changes nothing', async () => {
  const controller = new AbortController();
  const stream = new GenerationStream(work, controller.signal);
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
  await collect(new GenerationStream(work, signal));
  for await (const _ of new GenerationStream(work, signal)) break;
  expect(listeners).toBe(0);
});

test('a second read throws, by whichever door', async () => {
  const stream = new GenerationStream(work);
  await collect(stream.textStream);
  for (const door of [stream, stream.textStream, stream.partialObjectStream]) {
    await expect(collect(door as AsyncIterable<unknown>)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', hint: expect.any(String) });
  }
  expect(await stream.result).toBe(result);
});

test('the result may be asked for before the stream is read', async () => {
  const stream = new GenerationStream(work);
  const whole = stream.result;
  expect(await collect(stream)).toEqual(script);
  expect(await whole).toBe(result);
  await expect(collect(stream)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('the text stream has the deltas alone', async () => {
  expect(await collect(new GenerationStream(work).textStream)).toEqual(['one ', 'two']);
});

test('leaving the text stream stops the work', async () => {
  for await (const _ of new GenerationStream(work).textStream) break;
  expect(log).toEqual(['start', 'progress', 'text-delta', 'clean-up']);
});

interface Page {
  readonly shop: string;
}

async function* growing(steps: () => Promise<void>): AsyncGenerator<GenerationEvent<Page>, void> {
  yield { type: 'text-delta', delta: '{' };
  yield { type: 'object-delta', partial: {} };
  await steps();
  yield { type: 'object-delta', partial: { shop: 'A' } };
  yield { type: 'finish', result: { ...result, object: { shop: 'A' } } };
}

test('the object stream has the partial objects alone', async () => {
  const stream = new GenerationStream<Page>(() => growing(settled));
  expect(await collect(stream.partialObjectStream)).toEqual([{}, { shop: 'A' }]);
  expect((await stream.result).object).toEqual({ shop: 'A' });
});

test('keeps the latest unfinished object only, so that an unread stream does not pile them up', async () => {
  const stream = new GenerationStream<Page>(() => growing(async () => {}));
  await stream.result;
  expect(await collect(stream)).toMatchObject([{ type: 'text-delta' }, { partial: { shop: 'A' } }, { type: 'finish' }]);
});

test.each(['the caller', 'the model'])('ends the work of a reader that paused when %s aborts, without another read', async (who) => {
  const caller = new AbortController();
  const model = new AbortController();
  const stream = new GenerationStream(hangs, caller.signal, model.signal);
  const reader = stream[Symbol.asyncIterator]();
  await reader.next();
  (who === 'the caller' ? caller : model).abort('over');
  await step();
  expect(log.at(-1)).toBe('clean-up');
  await expect(stream.result).rejects.toBe('over');
  await expect(reader.next()).rejects.toBe('over');
});
