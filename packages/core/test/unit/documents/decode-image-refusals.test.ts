import sharp, { type Sharp } from 'sharp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { makeBlackPng, makeBoxFile, makePng, makeTiff, pngColor } from '../../../../dev/src/testing/craft-images.ts';
import { patternRaster } from '../../../../dev/src/testing/synthetic-image.ts';
import { cmykToRgb } from '../../../src/documents/images/cmyk-to-rgb.ts';
import { decodeImage, imageSize } from '../../../src/documents/images/decode-image.ts';
import { makeBmp } from './craft-bmp.ts';

const pattern = patternRaster(64, 48);
const encoder = (): Sharp => sharp(pattern.data, { raw: { width: 64, height: 48, channels: 3 } });
const refusal = (code: string, message: RegExp, hint?: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint ?? /\w/) });
const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

describe('decodeImage refuses what is no image, and says what it looks like', () => {
  test.each([
    ['plain text', text('Dear Sir,\n\nplease find'), /shot\.png is not an image: it looks like plain text/],
    ['text in UTF-8', Buffer.from('Grüße aus Köln'), /plain text/],
    ['an HTML page', text('<!DOCTYPE html><html>'), /an HTML page/],
    ['JSON', text('{"error": "no"}'), /JSON/],
    ['a ZIP archive', text('PK\x03\x04\x14\0\x06\0'), /ZIP archive or an Office document/],
    ['unknown bytes', text('\x00\x01\xfe\xff\x10\x20\x30\x40\x50'), /begins with the bytes 00 01 fe ff 10 20 30 40/],
    ['the first 3 bytes of a PNG', text('\x89PN'), /begins with the bytes 89 50 4e/],
    ['no bytes', new Uint8Array(0), /0 bytes/],
  ])('%s', async (_, bytes, message) => {
    await expect(decodeImage(bytes, { name: 'shot.png' })).rejects.toThrow(refusal('IMAGE_UNREADABLE', message));
  });
});

describe('decodeImage refuses what it does not decode, with the next move', () => {
  test.each([
    ['a PDF', text('%PDF-1.7\n%\xe2\xe3\xcf\xd3'), /is a PDF, which is a document and no image/, /document/],
    ['a PDF behind lines of a printer', text('\x1b%-12345X@PJL\n%PDF-1.4\n'), /is a PDF/, /document/],
    ['a HEIC photo', makeBoxFile('heic', 'mif1'), /is a HEIC photo, which is a document/, /document/],
    ['a HEIC photo that names its codec last', makeBoxFile('mif1', 'mif1', 'heic'), /HEIC/, /document/],
    ['a HEIC photo that names no codec', makeBoxFile('mif1'), /HEIC/, /document/],
    ['an AVIF sequence', makeBoxFile('avis', 'avif'), /AVIF sequence/, /frame/],
    ['an SVG drawing', text('<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="3">'), /SVG/, /rsvg-convert/],
    ['a JPEG XL image', text('\xff\x0a\x00'), /JPEG XL/, /djxl/],
    ['a JPEG 2000 image', text('\0\0\0\x0cjP  \r\n\x87\n'), /JPEG 2000/, /PNG/],
    ['a TIFF of 3 pages', makeTiff({ row: [1, 2], pages: 3 }), /3 pages; an image is one page/, /document/],
    ['a TIFF of a compression nobody reads', makeTiff({ row: [1, 2], compression: 34892 }), /lossy JPEG of DNG/, /LZW/],
    ['a BMP of PNG pixels', makeBmp({ bits: 24, compression: 5 }), /BMP of 24 bits a pixel, compression 5/, /PNG/],
  ])('%s', async (_, bytes, message, hint) => {
    await expect(decodeImage(bytes, { name: 'file' })).rejects.toThrow(refusal('IMAGE_UNSUPPORTED', message, hint));
    await expect(imageSize(bytes, { name: 'file' })).rejects.toThrow(refusal('IMAGE_UNSUPPORTED', message, hint));
  });

  test('and is not held up by markup that is nothing but comments', async () => {
    const bytes = text(`${'<!---->'.repeat(72)}<x`);
    await expect(decodeImage(bytes, { name: 'file' })).rejects.toThrow(refusal('IMAGE_UNREADABLE', /plain text/)); // else not in years
  });

  test('takes an AVIF for one when its brand comes second', async () => {
    // Only the header is there: recognised as AVIF, then found damaged.
    await expect(decodeImage(makeBoxFile('mif1', 'avif'), { name: 'file' })).rejects.toThrow(refusal('IMAGE_UNREADABLE', /begins as AVIF/));
  });
});

describe('decodeImage refuses damaged files, never half a page', () => {
  const encodings: readonly (readonly [string, () => Promise<Buffer>])[] = [
    ['PNG', () => encoder().png().toBuffer()],
    ['JPEG', () => encoder().jpeg().toBuffer()],
    ['JPEG', () => encoder().jpeg({ progressive: true }).toBuffer()],
    ['WebP', () => encoder().webp().toBuffer()],
    ['GIF', () => encoder().gif().toBuffer()],
    ['TIFF', () => encoder().tiff({ compression: 'lzw' }).toBuffer()],
    ['TIFF', () => encoder().tiff({ compression: 'none' }).toBuffer()],
    ['AVIF', () => encoder().avif({ effort: 0 }).toBuffer()],
  ];

  test.each(encodings)('a %s cut off anywhere', async (format, encode) => {
    const whole = await encode();
    for (const share of [0.3, 0.5, 0.9, 0.97]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      const expected = refusal('IMAGE_UNREADABLE', new RegExp(`begins as ${format}, but is damaged or cut off`));
      await expect(decodeImage(cut, { name: 'page' }), `${share} of ${whole.length} bytes`).rejects.toThrow(expected);
    }
  });

  test('a JPEG whose pixels end in the middle, it claims', async () => {
    const bytes = await encoder().jpeg({ quality: 90 }).toBuffer();
    bytes.set([0xff, 0xd9], bytes.length >> 1);
    await expect(decodeImage(bytes, { name: 'page' })).rejects.toThrow(refusal('IMAGE_UNREADABLE', /begins as JPEG.*Corrupt JPEG data/));
  });

  test('a TIFF whose JPEG pixels are damaged', async () => {
    const bytes = await encoder().tiff({ compression: 'jpeg', quality: 90 }).toBuffer();
    const pixelsAt = bytes.indexOf(Buffer.from([0xff, 0xda]));
    bytes.set([0xff, 0xd9], pixelsAt + 200); // the pixels end here, it claims
    await expect(decodeImage(bytes, { name: 'page' })).rejects.toThrow(refusal('IMAGE_UNREADABLE', /begins as TIFF.*Corrupt JPEG data/));
  });

  test('a PNG whose checksum is wrong', async () => {
    const bytes = makePng({ width: 2, height: 1, color: pngColor.grey, bitDepth: 8, samples: [1, 2] });
    bytes[bytes.length - 14] = (bytes[bytes.length - 14] ?? 0) ^ 1; // the last byte of IDAT's checksum is 13 before the end
    await expect(decodeImage(bytes, { name: 'page' })).rejects.toThrow(refusal('IMAGE_UNREADABLE', /begins as PNG/));
  });
});

describe('decodeImage refuses images that are too large, from the header', () => {
  test('30,000 x 30,000 pixels in a few hundred bytes, at once and with the numbers', async () => {
    const bomb = makeBlackPng(30_000, 30_000);
    expect(bomb.length).toBeLessThan(300);
    const expected = refusal('IMAGE_TOO_LARGE', /30,000 x 30,000 pixels, 900,000,000 in all; at most 200,000,000/);
    await expect(decodeImage(bomb, { name: 'bomb.png' })).rejects.toThrow(expected);
    await expect(imageSize(bomb, { name: 'bomb.png' })).rejects.toThrow(expected);
  });

  test('one pixel more than the limit, and not the limit itself', async () => {
    const png = makePng({ width: 3, height: 2, color: pngColor.grey, bitDepth: 8, samples: [1, 2, 3, 4, 5, 6] });
    expect((await decodeImage(png, { name: 'page', maxPixels: 6 })).raster.width).toBe(3);
    await expect(decodeImage(png, { name: 'page', maxPixels: 5 })).rejects.toThrow(refusal('IMAGE_TOO_LARGE', /6 in all; at most 5/));
  });

  test('a side of more than 500,000 pixels', async () => {
    await expect(imageSize(makeBlackPng(500_001, 1), { name: 'strip' })).rejects.toThrow(
      refusal('IMAGE_TOO_LARGE', /500,001 x 1 .* 500,000/),
    );
    expect(await imageSize(makeBlackPng(500_000, 1), { name: 'strip' })).toEqual({ width: 500_000, height: 1 });
  });

  test('and a limit that is no number from 1 up', async () => {
    for (const maxPixels of [0, Number.NaN]) {
      await expect(imageSize(makeBlackPng(1, 1), { name: 'page', maxPixels })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

describe('decodeImage stops', () => {
  const reason = new Error('enough');

  test('before it begins when the signal is already aborted', async () => {
    const signal = AbortSignal.abort(reason);
    await expect(decodeImage(text('not even an image'), { name: 'page', signal })).rejects.toBe(reason);
  });

  test('waiting at once when aborted while pixels are decoded', async () => {
    const large = await sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#888' } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    const controller = new AbortController();
    const work = decodeImage(large, { name: 'page', signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(work).rejects.toBe(reason);
  });

  test('in the conversion of CMYK too', async () => {
    const controller = new AbortController();
    const work = cmykToRgb(new Uint8Array(4 * 20_000_000), controller.signal);
    setImmediate(() => controller.abort(reason));
    await expect(work).rejects.toBe(reason);
  });
});

describe('decodeImage without its decoders', () => {
  afterEach(() => {
    vi.doUnmock('sharp');
    vi.resetModules();
  });

  test('says that they are missing and how to get them', async () => {
    vi.resetModules();
    vi.doMock('sharp', () => {
      throw new Error('Could not load the "sharp" module using the linux-x64 runtime');
    });
    const fresh = await import('../../../src/documents/images/decode-image.ts');
    await expect(fresh.decodeImage(makeBlackPng(1, 1), { name: 'page' })).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      hint: expect.stringContaining('--include=optional'),
    });
  });
});
