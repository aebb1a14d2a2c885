import { cpus } from 'node:os';
import { expect, test } from 'vitest';
import { othersShare, parseMachineTicks, parseProcessTicks, treeTicks, watchCpu } from '../../../src/bench/cpu-watch.ts';

// user 100, nice 10, system 20, idle 800, iowait 50, irq 1, softirq 2, steal 17, guest 5 (inside user)
const procStat = 'cpu  100 10 20 800 50 1 2 17 5 0\ncpu0 50 5 10 400 25 0 1 8 2 0\nintr 12345\n';

test('counts stolen time as busy, waiting for disks as idle, and guests once', () => {
  expect(parseMachineTicks(procStat)).toEqual({ busy: 150, total: 1000 });
});

test('does not take other text for processor times', () => {
  expect(parseMachineTicks('')).toBeUndefined();
  expect(parseMachineTicks('cpu0 1 2 3 4 5\n')).toBeUndefined();
  expect(parseMachineTicks('cpu  one two three four five\n')).toBeUndefined();
});

// Fields 14 to 17 are utime 7, stime 3, cutime 20, cstime 10.
const processStat = (pid: number, name: string, parent: number): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 100 200 0 0 7 3 20 10 20 0 11 0 5000 100000 500`;

test('reads parent and ticks of a process, those of waited-for children included', () => {
  expect(parseProcessTicks(processStat(42, 'node', 7))).toEqual({ pid: 42, parent: 7, ticks: 40 });
});

test('reads a process whose name looks like more fields', () => {
  expect(parseProcessTicks(processStat(42, 'a) R 1 (b', 7))).toEqual({ pid: 42, parent: 7, ticks: 40 });
});

test('does not take other text for a process', () => {
  expect(parseProcessTicks('')).toBeUndefined();
  expect(parseProcessTicks('no process here')).toBeUndefined();
});

test('adds up a process, its children and theirs, in whatever order they are listed', () => {
  const processes = [
    { pid: 12, parent: 11, ticks: 4 },
    { pid: 11, parent: 10, ticks: 2 },
    { pid: 10, parent: 1, ticks: 1 },
    { pid: 20, parent: 1, ticks: 100 },
  ];
  expect(treeTicks(processes, 10)).toBe(7);
});

test('gives others what the own tree did not take', () => {
  const before = { machine: { busy: 100, total: 1000 }, ownTicks: 50 };
  const after = { machine: { busy: 200, total: 1200 }, ownTicks: 110 };
  expect(othersShare(before, after)).toBe(0.2); // 100 busy - 60 own, of 200
});

test('never tells less than nothing: the clocks are read one after the other', () => {
  const before = { machine: { busy: 100, total: 1000 }, ownTicks: 0 };
  const after = { machine: { busy: 110, total: 1100 }, ownTicks: 12 };
  expect(othersShare(before, after)).toBe(0);
});

test('does not know without time between', () => {
  const moment = { machine: { busy: 100, total: 1000 }, ownTicks: 0 };
  expect(othersShare(moment, moment)).toBeUndefined();
});

test.runIf(process.platform === 'linux')('leaves the own work out, whoever else computes', () => {
  const tell = watchCpu();
  const before = process.cpuUsage();
  for (const begun = performance.now(); performance.now() - begun < 300; );
  const own = process.cpuUsage(before);
  const ownShare = (own.user + own.system) / 1e6 / (0.3 * cpus().length);
  expect(tell()).toBeLessThanOrEqual(1 - ownShare + 0.1); // ticks are 10 ms
});

test('does not know on systems without /proc', () => {
  expect(watchCpu('darwin')()).toBeUndefined();
});
