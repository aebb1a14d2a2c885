import { describe, expect, test } from 'vitest';
import { FloatMemory } from '../../../src/lines/float-memory.ts';
import { Slots } from '../../../src/lines/read/slots.ts';

describe('memory for pictures', () => {
  test('is used again for what fits into it, the smallest piece first', () => {
    const memory = new FloatMemory();
    const [small, large] = [memory.take(1000), memory.take(1_000_000)];
    memory.give(large);
    memory.give(small);
    const again = memory.take(2000);
    expect(again.buffer).toBe(small.buffer);
    expect(again).toHaveLength(2000);
    expect(memory.take(900_000).buffer).toBe(large.buffer);
    expect([small.buffer, large.buffer]).not.toContain(memory.take(1000).buffer);
  });

  test('is never in two hands, and little of it is kept', () => {
    const memory = new FloatMemory();
    const pieces = Array.from({ length: 20 }, (_, index) => memory.take(100_000 * (index + 1)));
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(20);
    for (const piece of pieces) memory.give(piece);
    memory.give(memory.take(9_000_000)); // more than is kept at all
    const kept = Array.from({ length: 20 }, () => memory.take(1)).filter(({ buffer }) => pieces.some((piece) => piece.buffer === buffer));
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)).toBeLessThanOrEqual(32e6);
  });
});

test('work in slots waits for its turn, and gives it on when it fails', async () => {
  const slots = new Slots(2);
  let [now, most] = [0, 0];
  const order: number[] = [];
  const work = (number: number) =>
    slots.run(async () => {
      order.push(number);
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      if (number === 1) throw new Error('no');
      return number;
    });
  const ends = await Promise.allSettled([0, 1, 2, 3, 4].map(work));
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect({ order, most, now }).toEqual({ order: [0, 1, 2, 3, 4], most: 2, now: 0 });
});
