import { expect, test } from 'vitest';
import { chooseThreads, describeProcessor, listCpuFeatures, type MachineView } from '../../../src/runtime/cpu-features.ts';

function machine(files: Readonly<Record<string, string>>, availableParallelism = 4, platform: NodeJS.Platform = 'linux'): MachineView {
  return { platform, availableParallelism, readText: (file) => files[file] };
}

const siblings = (processor: number): string => `/sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`;
const twoCoresOfTwo = {
  '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-3\n',
  [siblings(0)]: '0,2\n',
  [siblings(1)]: '1,3\n',
  [siblings(2)]: '0,2\n',
  [siblings(3)]: '1,3\n',
};

test('counts two threads of one core once', () => {
  expect(chooseThreads(machine(twoCoresOfTwo))).toEqual({
    threads: 2,
    reason: '2 threads: the number of physical cores open to this process.',
  });
});

test('counts only the cores this process may run on', () => {
  const pinned = { ...twoCoresOfTwo, '/proc/self/status': 'Cpus_allowed_list:\t1,3\n' };
  expect(chooseThreads(machine(pinned, 2)).threads).toBe(1);
});

test('keeps to the time a container is given, of either kind of control group', () => {
  const limited = { ...twoCoresOfTwo, '/sys/fs/cgroup/cpu.max': '150000 100000\n' };
  expect(chooseThreads(machine(limited))).toEqual({
    threads: 1,
    reason: "1 thread: the control group allows 1.5 processors' worth of time.",
  });
  const old = { ...twoCoresOfTwo, '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' };
  expect(chooseThreads(machine(old)).threads).toBe(1);
  const unlimited = { ...twoCoresOfTwo, '/sys/fs/cgroup/cpu.max': 'max 100000\n', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1' };
  expect(chooseThreads(machine(unlimited)).threads).toBe(2);
});

test('takes what Node counts where the system says nothing of cores', () => {
  const expected = { threads: 4, reason: '4 threads: the number of processors that Node sees.' };
  expect(chooseThreads(machine({}))).toEqual(expected);
  expect(chooseThreads(machine(twoCoresOfTwo, 4, 'win32'))).toEqual(expected);
});

test('lists the instruction sets that decide between kernels', () => {
  expect(listCpuFeatures(machine({ '/proc/cpuinfo': 'model name\t: x\nflags\t\t: fpu avx2 avx512f avx512_vnni sse\n' }))).toEqual([
    'avx2',
    'avx512f',
    'avx512_vnni',
  ]);
  expect(listCpuFeatures(machine({}))).toEqual([]);
});

test('names a processor by all its features, whatever their order', () => {
  const [one, other] = ['flags\t\t: avx2 fpu\n', 'flags\t\t: fpu avx2\n'].map((text) =>
    describeProcessor(machine({ '/proc/cpuinfo': text })),
  );
  expect(one).toBe(other);
  expect(one).toMatch(/ avx2 fpu$/);
  expect(describeProcessor(machine({}))).not.toBe(one);
});
