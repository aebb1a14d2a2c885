import { findInLibc } from './libc.ts';
import { callNative } from './native-calls.ts';
import type { KoffiModule } from './ort-library.ts';

/** Gives freed memory back to the system; resolves when that is done, and never rejects. */
export type ReturnMemory = () => Promise<void>;

/**
 * glibc keeps what was freed in pieces for itself: after a model of 2.2 GB is disposed, 1.3 GB stay with the process, and what loading needed for
 * a while stays too. `malloc_trim` returns it, in well under 0.1 s on a thread of its own. Other C libraries do so by themselves or have no such call.
 */
export function bindReturnMemory(koffi: KoffiModule): ReturnMemory {
  const trim = findInLibc(koffi, 'malloc_trim', ['size_t']);
  if (trim === undefined) return () => Promise.resolve();
  return () =>
    callNative(trim, [0], { pins: [], terminate: () => {} }).then(
      () => {},
      () => {},
    );
}

const mmapThreshold = -3; // M_MMAP_THRESHOLD
const trimThreshold = -1; // M_TRIM_THRESHOLD
/** From this size on a piece of memory is mapped by itself, and goes back to the system when it is freed. Bytes. */
const ownMappingBytes = 4 * 1024 * 1024;

/**
 * Keeps glibc from hoarding. It maps large pieces by themselves at first, but each one that is freed raises the size from which it does so, up to 32 MB: after a few
 * pages the line reader's tensors came from its pools, which then held up to 400 MB of freed memory. A fixed threshold is what glibc documents for that. Whoever has
 * chosen one for the process, by `MALLOC_MMAP_THRESHOLD_` or `GLIBC_TUNABLES`, keeps it.
 */
export function limitHoarding(koffi: KoffiModule, env: NodeJS.ProcessEnv = process.env): void {
  if (env.MALLOC_MMAP_THRESHOLD_ !== undefined || env.GLIBC_TUNABLES?.includes('glibc.malloc.mmap_threshold')) return;
  const setOption = findInLibc(koffi, 'mallopt', ['int', 'int']);
  setOption?.(mmapThreshold, ownMappingBytes);
  setOption?.(trimThreshold, 2 * ownMappingBytes); // in the proportion that glibc keeps between the two by itself
}
