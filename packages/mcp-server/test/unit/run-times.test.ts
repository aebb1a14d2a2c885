import { expect, test } from 'vitest';
import { RunTimes } from '../../src/run-times.ts';

function clocked(): { times: RunTimes; wait: (ms: number) => void } {
  let now = 0;
  return {
    times: new RunTimes(() => now),
    wait: (ms) => {
      now += ms;
    },
  };
}

test('takes runs to be half done before any has ended, and never asks for less than a second', () => {
  const { times, wait } = clocked();
  times.start();
  expect(times.untilNextEnd()).toBe(1000);
  wait(30_000);
  expect(times.untilNextEnd()).toBe(30_000);
});

test('counts from what runs have taken, the latest most, to the one that ends first', () => {
  const { times, wait } = clocked();
  const first = times.start();
  wait(60_000);
  first();
  first(); // once is enough
  times.start();
  wait(20_000);
  const third = times.start();
  expect(times.untilNextEnd()).toBe(40_000);
  wait(20_000);
  third();
  expect(times.untilNextEnd()).toBe(60_000 + 0.3 * (20_000 - 60_000) - 40_000);
});

test('asks for a second when a run is late, and for ten minutes at most', () => {
  const { times, wait } = clocked();
  const first = times.start();
  wait(5000);
  first();
  times.start();
  wait(9000);
  expect(times.untilNextEnd()).toBe(1000);
  const { times: slow, wait: pass } = clocked();
  slow.start();
  pass(3_600_000);
  expect(slow.untilNextEnd()).toBe(600_000);
});
