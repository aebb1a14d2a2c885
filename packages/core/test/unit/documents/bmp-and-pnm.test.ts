import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../src/documents/images/decode-image.ts';
import { type BmpParts, bmpPixels, makeBmp } from './craft-bmp.ts';

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const blackAndWhite = bmpPixels.map(([, green]) => (green > 0 ? [255, 255, 255] : [0, 0, 0]));

describe('BMP', () => {
  test.each<[string, BmpParts]>([
    ['24 bits', { bits: 24 }],
    ['32 bits', { bits: 32 }],
    ['rows from the top', { bits: 24, isTopDown: true }],
    ['8 bits with colors', { bits: 8 }],
    ['4 bits with colors', { bits: 4 }],
    ['1 bit', { bits: 1 }],
    ['the header of OS/2', { bits: 8, isOs2: true }],
    ['runs of 8 bits', { bits: 8, compression: 1 }],
    ['runs of 4 bits', { bits: 4, compression: 2 }],
  ])('of %s', async (_, parts) => {
    const { raster, format } = await decodeImage(makeBmp(parts), { name: 'a.bmp' });
    expect([raster.width, raster.height, format]).toEqual([3, 2, 'bmp']);
    expect([...raster.data]).toEqual((parts.bits === 1 ? blackAndWhite : bmpPixels).flat());
  });

  test('of 16 bits with masks of its own', async () => {
    const { raster } = await decodeImage(makeBmp({ bits: 16, compression: 3 }), { name: 'a.bmp' });
    expect([...raster.data]).toEqual(bmpPixels.flat());
  });

  test('cut off anywhere is refused', async () => {
    for (const parts of [{ bits: 24 }, { bits: 8, compression: 1 }] as const) {
      const whole = makeBmp(parts);
      for (let length = 20; length < whole.length; length += 1) {
        await expect(decodeImage(whole.subarray(0, length), { name: 'a.bmp' }), `${length} bytes`).rejects.toMatchObject({
          code: 'IMAGE_UNREADABLE',
        });
      }
    }
  });

  test('that claims 60,000 x 60,000 pixels is refused from its header', async () => {
    const bomb = makeBmp({ bits: 24 });
    bomb.writeInt32LE(60_000, 18);
    bomb.writeInt32LE(60_000, 22);
    await expect(decodeImage(bomb, { name: 'a.bmp' })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });
});

describe('PNM', () => {
  const grey = (...values: number[]): number[] => values.flatMap((value) => [value, value, value]);
  test.each<[string, Buffer, number[]]>([
    ['bitmap in digits', text('P1\n# drawn\n3 1\n0 1\n0'), grey(255, 0, 255)],
    ['bitmap in digits without gaps', text('P1 3 1 010'), grey(255, 0, 255)],
    ['greys in digits', text('P2\n3 1\n15\n0 15 # white\n 3'), grey(0, 255, 51)],
    ['colors in digits', text('P3 1 1 255 9 8 7'), [9, 8, 7]],
    [
      'bitmap in bits',
      Buffer.concat([text('P4\n9 1\n'), Buffer.from([0b1010_1010, 0b1000_0000])]),
      grey(0, 255, 0, 255, 0, 255, 0, 255, 0),
    ],
    ['greys in bytes', Buffer.concat([text('P5 3 1 255\n'), Buffer.from([0, 128, 255])]), grey(0, 128, 255)],
    ['greys of 16 bits', Buffer.concat([text('P5 2 1 65535\n'), Buffer.from([0, 0, 255, 255])]), grey(0, 255)],
    ['colors in bytes', Buffer.concat([text('P6\n#a\n1 2\n#b\n255\n'), Buffer.from([1, 2, 3, 4, 5, 6])]), [1, 2, 3, 4, 5, 6]],
    [
      'any with alpha, laid on white',
      Buffer.concat([
        text('P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n'),
        Buffer.from([1, 2, 3, 255, 9, 9, 9, 0]),
      ]),
      [1, 2, 3, 255, 255, 255],
    ],
  ])('%s', async (_, bytes, pixels) => {
    expect([...(await decodeImage(bytes, { name: 'a.pnm' })).raster.data]).toEqual(pixels);
  });

  test.each([
    ['a header without its size', text('P5 ')],
    ['a width of 0', text('P5 0 1 255\n')],
    ['fewer pixels than it claims', text('P6 2 2 255\nabc')],
    ['fewer digits than it claims', text('P2 2 2 255 1 2 3')],
    ['a largest value of 0', text('P5 1 1 0\na')],
  ])('with %s is refused', async (_, bytes) => {
    await expect(decodeImage(bytes, { name: 'a.pnm' })).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });

  test('that claims 99,999 x 99,999 pixels is refused from its header', async () => {
    await expect(decodeImage(text('P5 99999 99999 255\n'), { name: 'a.pnm' })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });
});
