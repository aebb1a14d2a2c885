import type { OrtFunction } from './ort-api.ts';
import type { KoffiModule } from './ort-library.ts';

/** A function of glibc that returns an int; undefined on systems other than Linux, and where there is musl in its place, which has no such library. */
export function findInLibc(koffi: KoffiModule, name: string, args: readonly string[]): OrtFunction<number> | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return koffi.load('libc.so.6').func(name, 'int', [...args]) as unknown as OrtFunction<number>;
  } catch {
    return undefined;
  }
}
