import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { g3Size, joinTiffs, makeBigTiff, makeG3Tiff } from '../../../../dev/src/testing/craft-tiff.ts';
import { openDocument } from '../../../src/documents/open-document.ts';

/** The first channel of every page, row after row. */
async function readPages(bytes: Uint8Array): Promise<number[][]> {
  const document = await openDocument(bytes, { name: 'fax.tif' });
  await using _ = document;
  const pages: number[][] = [];
  for (let number = 1; number <= document.pageCount; number += 1) {
    const { data } = await (await document.page(number)).render();
    pages.push([...data].filter((_value, index) => index % 3 === 0));
  }
  return pages;
}

describe('a TIFF', () => {
  test('by CCITT G3 has the pixels that its runs say, alone and among others', async () => {
    const stripes = Array.from({ length: g3Size.width }, (_, x) => (Math.floor(x / 8) % 2 === 0 ? 255 : 0));
    const white = stripes.map(() => 255);
    const expected = Array.from({ length: g3Size.height }, (_, y) => (y % 2 === 0 ? white : stripes)).flat();
    expect(await readPages(makeG3Tiff())).toEqual([expected]);
    expect(await readPages(joinTiffs([makeG3Tiff(), makeG3Tiff()]))).toEqual([expected, expected]);
  });

  test('of the large kind is read, each page of it', async () => {
    const row = [0, 255, 7, 99];
    expect(await readPages(makeBigTiff({ row, pages: 1 }))).toEqual([row]);
    expect(await readPages(makeBigTiff({ row, pages: 3 }))).toEqual([row, row, row]);
  });

  test('by Zstandard is refused by its name', async () => {
    const zstd = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
      .tiff({ compression: 'zstd' })
      .toBuffer()
      .catch(() => undefined); // builds of sharp without it
    if (zstd === undefined) return;
    await expect(openDocument(zstd, { name: 'scan.tif' })).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: 'scan.tif is a TIFF compressed by Zstandard (directory 1), which is not read.',
    });
  });
});
