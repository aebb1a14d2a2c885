import { describe, expect, it } from 'vitest';
import { answerInOrder } from '../../../src/answers/answer-in-order.ts';
import { AnswerJob, type ReportUpdate } from '../../../src/answers/answer-job.ts';

/** Answers that go on when the test says so. */
function createSteps(): {
  start: (name: string, report: ReportUpdate, signal: AbortSignal) => Promise<string>;
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
  async function start(name: string, report: ReportUpdate, signal: AbortSignal): Promise<string> {
    log.push(`${name} read`);
    try {
      await gate(`${name} write`, signal);
      report({ type: 'text-delta', delta: name });
      await gate(`${name} end`, signal);
      return name;
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
        order.push(`${item}=${await job.result}`);
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
    const start = async (name: string): Promise<string> => {
      if (name === 'bad') throw new Error('unreadable');
      return name;
    };
    for await (const { job } of answerInOrder(['a', 'bad', 'c'], start, { signal, limit: 1 })) {
      order.push(await job.result.catch((error: Error) => error.message));
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

  it('asks for items as they are needed, and says why there are no more', async () => {
    let asked = 0;
    async function* items(): AsyncGenerator<string> {
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
        asked += 1;
        yield name;
      }
      throw new Error('the list broke off');
    }
    const ahead: number[] = [];
    const all = (async () => {
      for await (const _ of answerInOrder(items(), async () => '', { signal, limit: 2 })) {
        ahead.push(asked - ahead.length);
        for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await expect(all).rejects.toThrow('the list broke off');
    expect(ahead).toEqual([3, 2, 2, 2, 2, 1]);
  });

  it('ends the list of items when the loop is left', async () => {
    let isEnded = false;
    async function* items(): AsyncGenerator<string> {
      try {
        yield 'a';
        yield 'b';
      } finally {
        isEnded = true;
      }
    }
    for await (const _ of answerInOrder(items(), async () => '', { signal, limit: 1 })) break;
    expect(isEnded).toBe(true);
  });
});

describe('an answer in work', () => {
  it('gives a viewer who comes late the whole text', async () => {
    const job = new AnswerJob(async (report) => {
      report({ type: 'text-delta', delta: 'one ' });
      report({ type: 'progress', phase: 'generate', done: 1, total: 9 });
      report({ type: 'text-delta', delta: 'two' });
      return 7;
    });
    expect(await job.result).toBe(7);
    const updates = [];
    for await (const update of job.updates()) updates.push(update);
    expect(updates).toEqual([
      { type: 'text-delta', delta: 'one two' },
      { type: 'progress', phase: 'generate', done: 1, total: 9 },
    ]);
  });
});
