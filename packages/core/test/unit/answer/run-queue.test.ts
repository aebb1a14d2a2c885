import { describe, expect, it } from 'vitest';
import { RunQueue } from '../../../src/answer/run-queue.ts';

const never = new AbortController().signal;

/** Asks for entry and tells when it was granted. */
function enter(queue: RunQueue, cost: number, signal: AbortSignal = never): { state: string; release: () => void; done: Promise<void> } {
  const entry = { state: 'waiting', release: () => {}, done: Promise.resolve() };
  entry.done = queue.acquire(cost, signal).then(
    (release) => {
      entry.state = 'in';
      entry.release = release;
    },
    (reason) => {
      entry.state = `rejected: ${reason?.code ?? reason}`;
    },
  );
  return entry;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('RunQueue', () => {
  it('lets in as many as there are places, and the next in order when one leaves', async () => {
    const queue = new RunQueue(2, 100);
    const entries = [1, 1, 1, 1].map((cost) => enter(queue, cost));
    await settle();
    expect(entries.map((entry) => entry.state)).toEqual(['in', 'in', 'waiting', 'waiting']);
    entries[1]?.release();
    entries[1]?.release();
    await settle();
    expect(entries.map((entry) => entry.state)).toEqual(['in', 'in', 'in', 'waiting']);
  });

  it('never lets a small request overtake a large one that waits for memory', async () => {
    const queue = new RunQueue(4, 10);
    const first = enter(queue, 3);
    const large = enter(queue, 8);
    const small = enter(queue, 1);
    await settle();
    expect([first.state, large.state, small.state]).toEqual(['in', 'waiting', 'waiting']);
    first.release();
    await settle();
    expect([large.state, small.state]).toEqual(['in', 'waiting']);
    large.release();
    await settle();
    expect(small.state).toBe('in');
  });

  it('counts what each takes of a rectangle: as much as the largest', async () => {
    const queue = new RunQueue(4, 12);
    const small = [enter(queue, 2), enter(queue, 2)];
    const large = enter(queue, 5); // 3 x 5 is too much, though 2 + 2 + 5 is not
    await settle();
    expect([...small, large].map((entry) => entry.state)).toEqual(['in', 'in', 'waiting']);
    small[0]?.release();
    await settle();
    expect(large.state).toBe('in');
  });

  it('runs a request beyond the whole budget alone', async () => {
    const queue = new RunQueue(4, 10);
    const huge = enter(queue, 50);
    const small = enter(queue, 1);
    await settle();
    expect([huge.state, small.state]).toEqual(['in', 'waiting']);
    huge.release();
    await settle();
    expect(small.state).toBe('in');
  });

  it('leaves the line with the reason of the signal, and lets those behind move up', async () => {
    const queue = new RunQueue(4, 12);
    const control = new AbortController();
    const first = enter(queue, 6);
    const large = enter(queue, 8, control.signal);
    const small = enter(queue, 1);
    control.abort('changed my mind');
    await settle();
    expect([first.state, large.state, small.state]).toEqual(['in', 'rejected: changed my mind', 'in']);
    expect(enter(queue, 1, control.signal)).toBeDefined();
    await settle();
  });

  it('closing sends the line away and waits for those inside', async () => {
    const queue = new RunQueue(1, 10);
    const inside = enter(queue, 1);
    const waiting = enter(queue, 1);
    await settle();
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    await settle();
    expect([waiting.state, closed]).toEqual(['rejected: DISPOSED', false]);
    inside.release();
    await closing;
    const late = enter(queue, 1);
    await settle();
    expect(late.state).toBe('rejected: DISPOSED');
  });
});
