import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { makeTiff } from '../../../../dev/src/testing/craft-images.ts';
import { g3Size, joinTiffs, makeBigTiff, makeG3Tiff } from '../../../../dev/src/testing/craft-tiff.ts';
import { openDocument } from '../../../src/documents/open-document.ts';

/** The first channel of every page, row after row. */
async function readPages(bytes: Uint8Array): Promise<number[][]> {
  return (await readColors(bytes)).map((page) => page.filter((_value, index) => index % 3 === 0));
}

/** All channels of every page. */
async function readColors(bytes: Uint8Array): Promise<number[][]> {
  const document = await openDocument(bytes, { name: 'fax.tif' });
  await using _ = document;
  const pages: number[][] = [];
  for (let number = 1; number <= document.pageCount; number += 1) {
    const { data } = await (await document.page(number)).render();
    pages.push([...data]);
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

  test('of 8-bit Lab, as photo editors write it, has its colors, alone and among others', async () => {
    // White, black, middle grey, and the Lab values of sRGB's red and blue in D50.
    const row = [255, 0, 0, 0, 0, 0, 137, 0, 0, 138, 81, 70, 75, 68, 144];
    const width = row.length / 3;
    const lab = await sharp(Buffer.from(row), { raw: { width, height: 1, channels: 3 } })
      .tiff({ compression: 'none' })
      .toBuffer();
    const directory = lab.readUInt32LE(4);
    const tags = Array.from({ length: lab.readUInt16LE(directory) }, (_, index) => directory + 2 + index * 12);
    lab.writeUInt16LE(8, (tags.find((tag) => lab.readUInt16LE(tag) === 262) ?? 0) + 8); // what the three values are
    const pages = await readColors(joinTiffs([lab, lab]));
    expect(pages).toEqual([await readColors(lab), await readColors(lab)].flat());
    const [colors = []] = pages;
    const expected = [255, 255, 255, 0, 0, 0, 128, 128, 128, 255, 0, 0, 0, 0, 255];
    expect(colors).toHaveLength(width * 3);
    for (const [index, value] of expected.entries()) expect(Math.abs((colors[index] as number) - value)).toBeLessThanOrEqual(6);
  });

  test('whose second page is compressed in a way that is not read loses that page, and no other', async () => {
    const [plain, other] = [makeTiff({ row: [0, 255, 0, 255] }), makeTiff({ row: [0, 255, 0, 255], compression: 34712 })];
    await using document = await openDocument(joinTiffs([plain, other, plain]), { name: 'scan.tif' });
    expect(document.pageCount).toBe(3);
    await expect(document.page(2)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED', message: expect.stringContaining('JPEG 2000') });
    for (const number of [1, 3]) expect((await (await document.page(number)).render()).width).toBe(4);
  });

  test('of 64 bits a channel is refused by that', async () => {
    const double = makeTiff({ row: [0, 1], bits: 64 });
    await expect(openDocument(double, { name: 'a.tif' })).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: 'a.tif is a TIFF of 64 bits a channel (directory 1), which is not read.',
    });
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
