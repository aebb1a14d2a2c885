import { describe, expect, it } from 'vitest';
import type { KoffiModule } from '../../../../src/runtime/ffi/ort-library.ts';
import { bindReturnMemory, limitHoarding } from '../../../../src/runtime/ffi/return-memory.ts';

/** koffi with a C library whose `malloc_trim` is `call`; without one it has none. */
function fakeKoffi(call?: (pad: number) => number): KoffiModule {
  const load = (): unknown => {
    if (call === undefined) throw new Error('libc.so.6: cannot open shared object file');
    const async = (pad: number, done: (error: Error | null, result: number) => void): void => done(null, call(pad));
    return { func: () => ({ async }) };
  };
  return { load } as unknown as KoffiModule;
}

describe('bindReturnMemory', () => {
  it.runIf(process.platform === 'linux')('asks the C library to give back everything it can', async () => {
    const pads: number[] = [];
    await bindReturnMemory(fakeKoffi((pad) => pads.push(pad)))();
    expect(pads).toEqual([0]);
  });

  it('does nothing where there is no such call', async () => {
    await expect(bindReturnMemory(fakeKoffi())()).resolves.toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('never fails: the memory comes back another time', async () => {
    const refuse = (): number => {
      throw new Error('out of luck');
    };
    await expect(bindReturnMemory(fakeKoffi(refuse))()).resolves.toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('limitHoarding', () => {
  /** What is asked of the C library. */
  function options(env: NodeJS.ProcessEnv): readonly (readonly number[])[] {
    const asked: number[][] = [];
    const load = () => ({
      func:
        () =>
        (...args: number[]) =>
          asked.push(args),
    });
    limitHoarding({ load } as unknown as KoffiModule, env);
    return asked;
  }

  it('fixes the size from which memory goes back as soon as it is freed', () => {
    const megabyte = 2 ** 20;
    expect(options({})).toEqual([
      [-3, 4 * megabyte],
      [-1, 8 * megabyte],
    ]);
  });

  it('leaves a process alone that has chosen a size', () => {
    expect(options({ MALLOC_MMAP_THRESHOLD_: '1000000' })).toEqual([]);
    expect(options({ GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=1000000' })).toEqual([]);
    expect(options({ GLIBC_TUNABLES: 'glibc.malloc.check=3' })).toHaveLength(2);
  });

  it('does nothing where there is no such call', () => {
    expect(() => limitHoarding(fakeKoffi(), {})).not.toThrow();
  });
});
