import { expect, test } from 'vitest';
import { oneByOne } from '../../../src/queue/one-by-one.ts';

test('works on one at a time, and the event loop turns between any two', async () => {
  let running = 0;
  let turns = 0;
  let isOver = false;
  const seen: number[] = [];
  const countTurns = (): void => {
    turns += 1;
    if (!isOver) setImmediate(countTurns);
  };
  const work = oneByOne(async (value: number) => {
    running += 1;
    expect(running).toBe(1);
    seen.push(turns);
    await Promise.resolve();
    running -= 1;
    return value * 2;
  });
  setImmediate(countTurns);
  expect(await Promise.all([1, 2, 3, 4].map((value) => work(value)))).toEqual([2, 4, 6, 8]);
  isOver = true;
  for (const [index, turn] of seen.entries()) expect(turn).toBeGreaterThan(index === 0 ? 0 : (seen[index - 1] ?? 0));
});

test('a failure is its own, and the next is worked on all the same', async () => {
  const work = oneByOne((value: number) => {
    if (value === 1) throw new Error('one');
    return value;
  });
  const results = await Promise.allSettled([work(1), work(2)]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: new Error('one') },
    { status: 'fulfilled', value: 2 },
  ]);
});
