import { callNative } from './native-calls.ts';
import type { OrtFunction } from './ort-api.ts';
import type { KoffiModule } from './ort-library.ts';

/** Gives freed memory back to the system; resolves when that is done, and never rejects. */
export type ReturnMemory = () => Promise<void>;

/**
 * glibc keeps what was freed in pieces for itself: after a model of 2.2 GB is disposed, 1.3 GB stay with the process, and what loading needed for
 * a while stays too. `malloc_trim` returns it, in well under 0.1 s on a thread of its own. Other C libraries do so by themselves or have no such call.
 */
export function bindReturnMemory(koffi: KoffiModule): ReturnMemory {
  const trim = process.platform === 'linux' ? findTrim(koffi) : undefined;
  if (trim === undefined) return () => Promise.resolve();
  return () =>
    callNative(trim, [0], { pins: [], terminate: () => {} }).then(
      () => {},
      () => {},
    );
}

function findTrim(koffi: KoffiModule): OrtFunction<number> | undefined {
  try {
    return koffi.load('libc.so.6').func('malloc_trim', 'int', ['size_t']) as unknown as OrtFunction<number>;
  } catch {
    return undefined; // musl has no such library
  }
}
