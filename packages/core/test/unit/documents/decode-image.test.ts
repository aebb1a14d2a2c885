import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { makePng, makeTiff, pngChunk, pngColor, readPngSlowly } from '../../../../dev/src/testing/craft-images.ts';
import { patternRaster } from '../../../../dev/src/testing/synthetic-image.ts';
import { decodeImage, imageSize } from '../../../src/documents/images/decode-image.ts';
import { pillowFixtures } from '../tiles/pillow-fixtures.ts';

const decode = async (bytes: Uint8Array): Promise<number[]> => [...(await decodeImage(bytes, { name: 'page' })).raster.data];
const pattern = patternRaster(19, 13);
const encoder = (): Sharp => sharp(pattern.data, { raw: { width: 19, height: 13, channels: 3 } });

describe('decodeImage keeps the values', () => {
  test.each(pillowFixtures)('of a %s as Pillow reads it', async (_, format, base64, digest) => {
    const image = await decodeImage(Buffer.from(base64, 'base64'), { name: 'page' });
    expect(image.format).toBe(format);
    expect([image.raster.width, image.raster.height]).toEqual([37, 21]);
    expect(createHash('sha256').update(image.raster.data).digest('hex').slice(0, 16)).toBe(digest);
    expect(image.warnings).toEqual([]);
  });

  test.each([
    ['png', async () => encoder().png().toBuffer()],
    ['interlaced png', async () => encoder().png({ progressive: true }).toBuffer()],
    ['webp', async () => encoder().webp({ lossless: true }).toBuffer()],
    ['tiff', async () => encoder().tiff({ compression: 'lzw' }).toBuffer()],
  ])('of a lossless %s', async (_, encode) => {
    expect(await decode(await encode())).toEqual([...pattern.data]);
  });

  test('of a GIF', async () => {
    const twoColors = Uint8Array.from([255, 0, 0, 0, 0, 255, 0, 0, 255, 255, 0, 0]);
    const gif = await sharp(twoColors, { raw: { width: 2, height: 2, channels: 3 } })
      .gif()
      .toBuffer();
    expect(await decode(gif)).toEqual([...twoColors]);
  });

  test('of an AVIF, nearly', async () => {
    const plain = new Uint8Array(16 * 16 * 3).fill(90);
    const avif = await sharp(plain, { raw: { width: 16, height: 16, channels: 3 } })
      .avif({ quality: 90 })
      .toBuffer();
    const image = await decodeImage(avif, { name: 'page' });
    expect(image.format).toBe('avif');
    expect(Math.max(...image.raster.data.map((value) => Math.abs(value - 90)))).toBeLessThanOrEqual(2);
  });

  test('of grey, as three equal channels', async () => {
    const png = makePng({ width: 2, height: 1, color: pngColor.grey, bitDepth: 8, samples: [7, 200] });
    expect(await decode(png)).toEqual([7, 7, 7, 200, 200, 200]);
  });

  test('of a palette', async () => {
    const palette = pngChunk('PLTE', Buffer.from([1, 2, 3, 250, 251, 252]));
    const png = makePng({ width: 3, height: 1, color: pngColor.palette, bitDepth: 8, samples: [1, 0, 1], chunks: [palette] });
    expect(await decode(png)).toEqual([250, 251, 252, 1, 2, 3, 250, 251, 252]);
  });

  test('of 16-bit grey and colour, by their upper byte', async () => {
    const grey = makePng({ width: 3, height: 1, color: pngColor.grey, bitDepth: 16, samples: [0, 0x80ff, 0xffff] });
    expect(await decode(grey)).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
    const rgb = makePng({ width: 1, height: 1, color: pngColor.rgb, bitDepth: 16, samples: [0x0102, 0x7fff, 0xfe00] });
    expect(await decode(rgb)).toEqual([1, 127, 254]);
  });

  test('of CMYK turned by EXIF', async () => {
    const jpeg = Buffer.from(pillowFixtures.find(([what]) => what === 'CMYK JPEG')?.[2] ?? '', 'base64');
    // Orientation 3, half a turn, in the smallest EXIF block: one tag (0x0112) in one folder.
    const exif = Buffer.from(
      'ffe10022457869660000' + '49492a0008000000' + '0100' + '12010300' + '01000000' + '03000000' + '00000000',
      'hex',
    );
    const upright = await decode(jpeg);
    const turned = await decode(Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]));
    const pixels = Array.from({ length: upright.length / 3 }, (_, pixel) => upright.slice(pixel * 3, pixel * 3 + 3));
    expect(turned).toEqual(pixels.reverse().flat());
  });

  test('under an embedded colour profile, which is ignored', async () => {
    const profile = (await sharp(await encoder().withIccProfile('p3').png().toBuffer()).metadata()).icc;
    const chunk = pngChunk('iCCP', Buffer.concat([Buffer.from('p3\0\0', 'latin1'), deflateSync(profile ?? Buffer.alloc(0))]));
    const samples = [200, 30, 40];
    const png = makePng({ width: 1, height: 1, color: pngColor.rgb, bitDepth: 8, samples, chunks: [chunk] });
    expect([...(await sharp(png).raw().toBuffer())]).not.toEqual(samples); // the profile would have an effect
    expect(await decode(png)).toEqual(samples);
    const jpeg = await encoder().withIccProfile('p3').jpeg({ quality: 100 }).toBuffer();
    expect(await decode(jpeg)).toEqual([...(await sharp(jpeg, { ignoreIcc: true }).raw().toBuffer())]);
  });

  test('of every sample page of the nano model', async () => {
    const folder = new URL('../../../../nano/samples/', import.meta.url);
    const files = readdirSync(folder).filter((file) => file.endsWith('.png'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const png = readFileSync(new URL(file, folder));
      const { width, height, data } = readPngSlowly(png);
      const { raster } = await decodeImage(png, { name: file });
      expect([raster.width, raster.height], file).toEqual([width, height]);
      expect(Buffer.compare(raster.data, data), file).toBe(0);
    }
  });
});

describe('decodeImage departs from the reference on purpose', () => {
  test('by laying transparent pixels on white', async () => {
    const rgba = makePng({ width: 3, height: 1, color: pngColor.rgba, bitDepth: 8, samples: [0, 0, 0, 0, 10, 20, 30, 255, 0, 0, 0, 128] });
    expect(await decode(rgba)).toEqual([255, 255, 255, 10, 20, 30, 127, 127, 127]);
    const grey = makePng({ width: 2, height: 1, color: pngColor.greyAlpha, bitDepth: 8, samples: [9, 0, 9, 255] });
    expect(await decode(grey)).toEqual([255, 255, 255, 9, 9, 9]);
    const keyed = makePng({
      width: 2,
      height: 1,
      color: pngColor.rgb,
      bitDepth: 8,
      samples: [1, 2, 3, 4, 5, 6],
      chunks: [pngChunk('tRNS', Buffer.from([0, 1, 0, 2, 0, 3]))],
    });
    expect(await decode(keyed)).toEqual([255, 255, 255, 4, 5, 6]);
  });

  // 3 x 2 pixels, ABC above DEF; what each EXIF orientation makes of them, in reading order.
  test.each([
    [1, [3, 2], 'ABCDEF'],
    [2, [3, 2], 'CBAFED'],
    [3, [3, 2], 'FEDCBA'],
    [4, [3, 2], 'DEFABC'],
    [5, [2, 3], 'ADBECF'],
    [6, [2, 3], 'DAEBFC'],
    [7, [2, 3], 'FCEBDA'],
    [8, [2, 3], 'CFBEAD'],
  ])('by applying EXIF orientation %i, in the size from the header too', async (orientation, size, order) => {
    const toPixels = (letters: string): number[] => [...letters].flatMap((letter) => Array(3).fill(letter.charCodeAt(0)));
    const image = sharp(Uint8Array.from(toPixels('ABCDEF')), { raw: { width: 3, height: 2, channels: 3 } }).withMetadata({ orientation });
    const tiff = await image.clone().tiff({ compression: 'lzw' }).toBuffer();
    for (const bytes of [await image.clone().png().toBuffer(), await image.clone().webp({ lossless: true }).toBuffer(), tiff]) {
      const { raster } = await decodeImage(bytes, { name: 'page' });
      expect([raster.width, raster.height]).toEqual(size);
      expect([...raster.data]).toEqual(toPixels(order));
      expect(await imageSize(bytes, { name: 'page' })).toEqual({ width: size[0], height: size[1] });
    }
  });
});

describe('decodeImage warns', () => {
  test.each(['gif', 'webp'] as const)('that only the first frame of an animated %s was read', async (format) => {
    const frames = [0, 255].map((value) => ({
      create: { width: 2, height: 2, channels: 3 as const, background: { r: value, g: value, b: value } },
    }));
    const pngs = await Promise.all(frames.map(async (frame) => sharp(frame).png().toBuffer()));
    const bytes = await sharp(pngs, { join: { animated: true } })
      [format](format === 'webp' ? { lossless: true } : {})
      .toBuffer();
    const image = await decodeImage(bytes, { name: 'moving' });
    expect([...image.raster.data]).toEqual(Array(12).fill(0));
    expect(image.warnings).toEqual(['It is an animation of 2 frames; only the first one was read.']);
  });

  test('of the frames of an animated PNG', async () => {
    const control = pngChunk('acTL', Buffer.from([0, 0, 0, 5, 0, 0, 0, 0]));
    const png = makePng({ width: 1, height: 1, color: pngColor.grey, bitDepth: 8, samples: [3], chunks: [control] });
    expect((await decodeImage(png, { name: 'moving' })).warnings).toEqual([expect.stringContaining('5 frames')]);
  });

  test('when a TIFF with an untidy header is read', async () => {
    // Tag 200 stands last, so the tags are out of order.
    const image = await decodeImage(makeTiff({ row: [0, 128, 255], extraTag: 200 }), { name: 'scan' });
    expect([...image.raster.data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
    expect(image.warnings).toEqual([
      expect.stringContaining('It was read, but the TIFF decoder complained: Invalid TIFF directory; tags are not'),
    ]);
  });

  test('not about a private tag', async () => {
    expect((await decodeImage(makeTiff({ row: [1], extraTag: 65_000 }), { name: 'scan' })).warnings).toEqual([]);
  });
});
