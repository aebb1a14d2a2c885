import { expect, it } from 'vitest';
import { openFfiEnvironment } from '../../../../src/runtime/ffi/ffi-environment.ts';
import { loadOrtLibrary } from '../../../../src/runtime/ffi/ort-library.ts';
import { ownBytes } from '../../../helpers/resident-memory.ts';

const megabyte = 2 ** 20;

it.runIf(process.platform === 'linux')(
  'large memory that native code frees goes back to the system, however much was freed before',
  async () => {
    await openFfiEnvironment();
    const { koffi } = await loadOrtLibrary();
    const libc = koffi.load('libc.so.6');
    const take = libc.func('malloc', 'size_t', ['size_t']);
    const fill = libc.func('memset', 'size_t', ['size_t', 'int', 'size_t']);
    const give = libc.func('free', 'void', ['size_t']);
    const use = (bytes: number): bigint => {
      const place = take(bytes);
      fill(place, 1, bytes);
      return place;
    };
    for (let turn = 0; turn < 3; turn += 1) give(use(30 * megabyte)); // what glibc takes as a sign that such sizes come again
    const kept: bigint[] = [];
    const before = ownBytes();
    for (let turn = 0; turn < 4; turn += 1) {
      const large = [0, 1, 2].map(() => use((28 + turn) * megabyte));
      kept.push(use(3 * megabyte)); // lies behind them in the same pool, and would hold them there
      for (const place of large) give(place);
    }
    expect(ownBytes() - before).toBeLessThan((4 * 3 + 20) * megabyte);
    for (const place of kept) give(place);
  },
);
