import type { GenerationEvent } from '@h2ovl/contract';
import { describe, expect, it } from 'vitest';
import { answerInOrder } from '../../../src/answers/answer-in-order.ts';
import { AnswerJob } from '../../../src/answers/answer-job.ts';
import { makeResult } from '../fake-world.ts';

/** Answers that go on when the test says so. */
function createSteps(): {
  start: (name: string, signal: AbortSignal) => AsyncIterable<GenerationEvent>;
  log: string[];
  go: (step: string) => Promise<void>;
} {
  const log: string[] = [];
  const gates = new Map<string, () => void>();
  const gate = (step: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      gates.set(step, resolve);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  async function* start(name: string, signal: AbortSignal): AsyncGenerator<GenerationEvent, void> {
    log.push(`${name} read`);
    try {
      await gate(`${name} write`, signal);
      yield { type: 'text-delta', delta: name };
      await gate(`${name} end`, signal);
      yield { type: 'finish', result: makeResult({ text: name }) };
    } finally {
      log.push(`${name} gone`);
    }
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    start,
    log,
    go: async (step) => {
      await settle();
      gates.get(step)?.();
      await settle();
    },
  };
}

const signal = new AbortController().signal;

describe('answers in order', () => {
  it('reads the next page while the one before is written, and never two at once', async () => {
    const { start, log, go } = createSteps();
    const order: string[] = [];
    const all = (async () => {
      for await (const { item, job } of answerInOrder(['a', 'b', 'c'], start, { signal, limit: 3 }))
        order.push(`${item}=${(await job.result).text}`);
    })();
    await go('');
    expect(log).toEqual(['a read']);
    await go('a write');
    expect(log).toEqual(['a read', 'b read']);
    await go('a end');
    expect(log).toEqual(['a read', 'b read', 'a gone']);
    await go('b write');
    expect(log).toEqual(['a read', 'b read', 'a gone', 'c read']);
    await go('c write');
    await go('c end');
    await go('b end');
    await all;
    expect(order).toEqual(['a=a', 'b=b', 'c=c']);
  });

  it('keeps to the limit', async () => {
    const { start, log, go } = createSteps();
    const loop = answerInOrder(['a', 'b', 'c'], start, { signal, limit: 2 });
    const first = loop.next();
    await first;
    await go('a write');
    await go('b write');
    expect(log).toEqual(['a read', 'b read']);
    await go('a end');
    expect(log).toEqual(['a read', 'b read', 'a gone', 'c read']);
    await loop.return();
  });

  it('goes on after an answer that failed', async () => {
    const order: string[] = [];
    async function* start(name: string): AsyncGenerator<GenerationEvent, void> {
      if (name === 'bad') throw new Error('unreadable');
      yield { type: 'finish', result: makeResult({ text: name }) };
    }
    for await (const { job } of answerInOrder(['a', 'bad', 'c'], start, { signal, limit: 1 })) {
      order.push(
        await job.result.then(
          ({ text }) => text,
          (error: Error) => error.message,
        ),
      );
    }
    expect(order).toEqual(['a', 'unreadable', 'c']);
  });

  it('stops every answer and waits for them when the loop is left', async () => {
    const { start, log, go } = createSteps();
    const loop = answerInOrder(['a', 'b', 'c'], start, { signal, limit: 3 });
    await loop.next();
    await go('a write');
    await loop.return();
    expect(log.toSorted()).toEqual(['a gone', 'a read', 'b gone', 'b read']);
  });

  it('stops with the reason of the signal', async () => {
    const { start } = createSteps();
    const controller = new AbortController();
    const loop = answerInOrder(['a'], start, { signal: controller.signal, limit: 1 });
    const { value } = await loop.next();
    controller.abort(new Error('enough'));
    await expect(value?.job.result).rejects.toThrow('enough');
    await loop.return();
  });
});

describe('an answer in work', () => {
  it('gives a viewer who comes late the whole text', async () => {
    async function* events(): AsyncGenerator<GenerationEvent, void> {
      yield { type: 'text-delta', delta: 'one ' };
      yield { type: 'progress', phase: 'generate', done: 1, total: 9 };
      yield { type: 'text-delta', delta: 'two' };
      yield { type: 'finish', result: makeResult({ text: 'one two' }) };
    }
    const job = new AnswerJob(events());
    await job.result;
    const updates = [];
    for await (const update of job.updates()) updates.push(update);
    expect(updates).toEqual([
      { type: 'text-delta', delta: 'one two' },
      { type: 'progress', phase: 'generate', done: 1, total: 9 },
    ]);
  });
});
