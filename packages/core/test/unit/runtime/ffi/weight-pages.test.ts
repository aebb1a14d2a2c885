import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addedParts, type Mapping, parseMappings, WeightPages } from '../../../../src/runtime/ffi/weight-pages.ts';

const path = '/models/prepacked/vision-1/vision.bin';
const megabyte = 1_048_576n;

/** Part `index` of a file, a megabyte long, in the same order in memory. */
function part(index: number, facts: Partial<Mapping> = {}): Mapping {
  const start = 0x7f00_0000_0000n + BigInt(index) * 2n * megabyte;
  return { start, end: start + megabyte, offset: BigInt(index) * megabyte, path, isWritten: false, ...facts };
}

describe('parseMappings', () => {
  const list = [
    '7f2a93892000-7f2a93993000 rw-p 06aaf000 fe:00 2393100                    /models/my vision/vision.bin',
    '7f2a93a00000-7f2a93b00000 rw-p 00000000 00:00 0 ',
    '7f2a94000000-7f2a94001000 r--p 00001000 fe:00 7                          /models/my vision/decoder.bin',
  ];

  it('finds the mappings of the files that are meant', () => {
    expect(parseMappings(list.join('\n'), '/models/my vision/vision.')).toEqual([
      { start: 0x7f2a93892000n, end: 0x7f2a93993000n, offset: 0x06aaf000n, path: '/models/my vision/vision.bin', isWritten: undefined },
    ]);
  });

  it('tells those that were written to, where the system says so', () => {
    const details = (kilobytes: number): string => `Size:  1028 kB\nRss:  64 kB\nAnonymous:  ${kilobytes} kB\nVmFlags: rd mr mw me ac`;
    const text = [list[0], details(0), list[1], details(8), list[2], details(4)].join('\n');
    expect(parseMappings(text, '/models/').map(({ isWritten }) => isWritten)).toEqual([false, true]);
  });
});

describe('addedParts', () => {
  it('takes what was not there before', () => {
    expect(addedParts([part(0)], [part(0), part(1), part(2)])).toEqual([part(1), part(2)]);
  });

  it('takes nothing when the same part of the file is mapped twice: another session opens it too', () => {
    expect(addedParts([], [part(0), part(1), part(2, { offset: 0n })])).toEqual([]);
    expect(addedParts([], [part(0), part(1, { offset: megabyte - 4096n })])).toHaveLength(2); // neighbours share a page
    expect(addedParts([], [part(0), part(1, { offset: 0n, path: `${path}.other` })])).toHaveLength(2);
  });

  it('leaves out what was written to, what is not known to be unwritten, and what is small', () => {
    const small = part(3);
    const all = [part(0, { isWritten: true }), part(1, { isWritten: undefined }), part(2), { ...small, end: small.start + 4096n }];
    expect(addedParts([], all)).toEqual([part(2)]);
  });
});

describe('WeightPages', () => {
  it.runIf(process.platform === 'linux')(
    'looks its parts up again: addresses that belong to something else by now are left alone',
    async () => {
      const [library] = parseMappings(readFileSync('/proc/self/maps', 'utf8'), '/');
      const there = library as Mapping;
      const given: Mapping[] = [];
      const pages = [there, { ...there, end: there.end + 4096n }, { ...there, offset: there.offset + 4096n }, part(0)];
      await new WeightPages(pages, '/', async (found) => void given.push(found as Mapping)).giveBack();
      expect(given).toEqual([there]);
    },
  );
});
