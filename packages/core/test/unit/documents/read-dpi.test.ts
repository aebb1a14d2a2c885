import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { makePng, pngChunk, pngColor } from '../../../../dev/src/testing/craft-images.ts';
import { joinTiffs } from '../../../../dev/src/testing/craft-tiff.ts';
import { turnPage } from '../../../src/documents/derived/turn-page.ts';
import { believableDpi } from '../../../src/documents/images/read-dpi.ts';
import { openDocument } from '../../../src/documents/open-document.ts';
import { makeBmp } from './craft-bmp.ts';

const picture = (): Sharp => sharp({ create: { width: 60, height: 40, channels: 3, background: '#ffffff' } });

async function dpiOf(bytes: Uint8Array, page = 1): Promise<{ readonly x: number; readonly y: number } | undefined> {
  await using document = await openDocument(bytes);
  const { dpi } = await document.page(page);
  return dpi && { x: Math.round(dpi.x * 10) / 10, y: Math.round(dpi.y * 10) / 10 };
}

/** A JPEG with such segments before all others, and none that say a density otherwise. */
async function jpeg(...segments: readonly Buffer[]): Promise<Buffer> {
  const plain = await picture().jpeg().toBuffer();
  const rest = plain.subarray(plain.readUInt16BE(2) === 0xffe0 ? 20 : 2);
  return Buffer.concat([plain.subarray(0, 2), ...segments, rest]);
}

/** A JFIF header. @param unit 0 (none), 1 (inch), 2 (centimetre) */
function jfif(unit: number, x: number, y: number): Buffer {
  const head = Buffer.from('ffe000104a46494600010100000000000000', 'hex');
  head[11] = unit;
  head.writeUInt16BE(x, 12);
  head.writeUInt16BE(y, 14);
  return head;
}

interface ExifParts {
  readonly orientation?: number;
  readonly divisor?: number;
}

/** EXIF data as cameras write it, in inches. */
function exif(x: number, y: number, { orientation = 1, divisor = 1 }: ExifParts = {}): Buffer {
  const tags = [
    [0x0112, 3, orientation << 16],
    [0x011a, 5, 8 + 2 + 4 * 12 + 4],
    [0x011b, 5, 8 + 2 + 4 * 12 + 4 + 8],
    [0x0128, 3, 2 << 16],
  ].map(([tag = 0, type = 0, value = 0]) => {
    const entry = Buffer.alloc(12);
    entry.writeUInt16BE(tag, 0);
    entry.writeUInt16BE(type, 2);
    entry.writeUInt32BE(1, 4);
    entry.writeUInt32BE(value, 8);
    return entry;
  });
  const fractions = Buffer.alloc(16);
  for (const [index, value] of [x, divisor, y, divisor].entries()) fractions.writeUInt32BE(value, index * 4);
  const head = Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x04', 'latin1');
  const body = Buffer.concat([head, ...tags, Buffer.alloc(4), fractions]);
  return Buffer.concat([Buffer.from([0xff, 0xe1, 0, body.length + 2]), body]);
}

function png(unit: number, x: number, y: number): Buffer {
  const data = Buffer.alloc(9);
  data.writeUInt32BE(x, 0);
  data.writeUInt32BE(y, 4);
  data[8] = unit;
  return makePng({ width: 1, height: 1, color: pngColor.grey, bitDepth: 8, samples: [0], chunks: [pngChunk('pHYs', data)] });
}

const tiff = (x: number, y: number, unit: 'inch' | 'cm' = 'inch'): Promise<Buffer> =>
  picture()
    .tiff({ xres: x / 25.4, yres: y / 25.4, resolutionUnit: unit })
    .toBuffer();

describe('pixels an inch, as a file says them', () => {
  test.each<[string, () => Buffer | Promise<Buffer>, { x: number; y: number } | undefined]>([
    ['JFIF, inches', () => jpeg(jfif(1, 300, 300)), { x: 300, y: 300 }],
    ['JFIF, centimetres', () => jpeg(jfif(2, 118, 118)), { x: 299.7, y: 299.7 }],
    ['JFIF of a fax', () => jpeg(jfif(1, 204, 98)), { x: 204, y: 98 }],
    ['JFIF, a ratio only', () => jpeg(jfif(0, 300, 300)), undefined],
    ['JFIF, 0', () => jpeg(jfif(1, 0, 0)), undefined],
    ['JFIF, 1', () => jpeg(jfif(1, 1, 1)), undefined],
    ['JFIF, far from square', () => jpeg(jfif(1, 72, 600)), undefined],
    ['PNG', () => png(1, 11_811, 11_811), { x: 300, y: 300 }],
    ['PNG, unequal', () => png(1, 8_000, 4_000), { x: 203.2, y: 101.6 }],
    ['PNG, a ratio only', () => png(0, 11_811, 11_811), undefined],
    ['PNG, absurd', () => png(1, 4_294_967_295, 4_294_967_295), undefined],
    ['TIFF, inches', () => tiff(300, 150), { x: 300, y: 150 }],
    ['TIFF, centimetres', () => tiff(400, 400, 'cm'), { x: 400, y: 400 }],
    ['EXIF', () => jpeg(exif(300, 300)), { x: 300, y: 300 }],
    ['EXIF in fractions', () => jpeg(exif(1_000, 1_000, { divisor: 8 })), { x: 125, y: 125 }],
    ['EXIF that divides by 0', () => jpeg(exif(300, 300, { divisor: 0 })), undefined],
    ['EXIF of a picture on its side', () => jpeg(exif(200, 100, { orientation: 6 })), { x: 100, y: 200 }],
    ['EXIF of a picture on its head', () => jpeg(exif(200, 100, { orientation: 3 })), { x: 200, y: 100 }],
    ['EXIF of a WebP', () => picture().withMetadata({ density: 240 }).webp().toBuffer(), { x: 240, y: 240 }],
    ['EXIF behind a JFIF header that says nothing', () => jpeg(jfif(1, 1, 1), exif(300, 300)), { x: 300, y: 300 }],
    ['EXIF behind a JFIF header that says something', () => jpeg(jfif(1, 150, 150), exif(300, 300)), { x: 150, y: 150 }],
    ['GIF', () => picture().gif().toBuffer(), undefined],
  ])('%s', async (_, make, expected) => {
    expect(await dpiOf(await make())).toEqual(expected);
  });

  test('BMP', async () => {
    const bmp = makeBmp({ bits: 24 });
    expect(await dpiOf(bmp)).toBeUndefined();
    bmp.writeInt32LE(5_906, 38);
    bmp.writeInt32LE(5_906, 42);
    expect(await dpiOf(bmp)).toEqual({ x: 150, y: 150 });
  });

  test('each page of a TIFF has its own, and one that is turned has it turned', async () => {
    const file = joinTiffs([await tiff(300, 150), await tiff(100, 100)]);
    expect([await dpiOf(file, 1), await dpiOf(file, 2)]).toEqual([
      { x: 300, y: 150 },
      { x: 100, y: 100 },
    ]);
    await using document = await openDocument(file);
    const page = await document.page(1);
    expect(turnPage(page, 90).dpi?.x).toBeCloseTo(150);
    expect(turnPage(page, 180).dpi?.x).toBeCloseTo(300);
  });

  test('a file that is cut off says nothing', async () => {
    const whole = png(1, 11_811, 11_811);
    await expect(dpiOf(whole.subarray(0, 50))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });
});

describe('which statements are believed', () => {
  const [a4, photo] = [
    { width: 595, height: 842 },
    { width: 4_000, height: 3_000 },
  ];
  test.each([
    [a4, 72, true],
    [photo, 72, false],
    [{ width: 1_224, height: 700 }, 72, true], // A3 and 17 inches
    [{ width: 1_225, height: 700 }, 72, false],
    [{ width: 1_920, height: 1_080 }, 96, false],
    [{ width: 1_632, height: 1_080 }, 96, true],
    [photo, 71, true],
    [photo, 69, false],
    [photo, 2_400, true],
    [photo, 2_401, false],
    [photo, Number.NaN, false],
    [photo, -300, false],
  ])('%j at %d: %s', (size, dpi, isBelieved) => {
    expect(believableDpi(size, [undefined, { x: dpi, y: dpi }])).toEqual(isBelieved ? { x: dpi, y: dpi } : undefined);
  });

  test('up to two and a half times as many one way', () => {
    expect(believableDpi(a4, [{ x: 100, y: 250 }])).toBeDefined();
    expect(believableDpi(a4, [{ x: 251, y: 100 }])).toBeUndefined();
  });
});
