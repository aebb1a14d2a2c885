import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { PagePixels } from '@h2ovl/contract';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { joinTiffs } from '../../../../dev/src/testing/craft-tiff.ts';
import { makePdf, type PdfPage } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { patternRaster } from '../../../../dev/src/testing/synthetic-image.ts';
import type { DocumentInput } from '../../../src/documents/document-source.ts';
import { openDocument } from '../../../src/documents/open-document.ts';

const folder = mkdtempSync(join(tmpdir(), 'open-document-'));
const pattern = patternRaster(64, 48);
const encoder = (): Sharp => sharp(pattern.data, { raw: { width: 64, height: 48, channels: 3 } });
const page = (text: string, more: Partial<PdfPage> = {}): PdfPage => ({
  items: [{ type: 'text', text, x: 60, y: 760, size: 24 }],
  ...more,
});

/** Where the ink of a page is: the middle of all pixels darker than grey, as shares of width and height. */
function middleOfInk({ width, height, data }: PagePixels): { x: number; y: number } {
  let [count, sumX, sumY] = [0, 0, 0];
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    if ((data[pixel * 3] as number) > 128) continue;
    count += 1;
    sumX += pixel % width;
    sumY += Math.floor(pixel / width);
  }
  if (count === 0) throw new Error('The page has no ink.');
  return { x: sumX / count / width, y: sumY / count / height };
}

async function onlyPixels(input: DocumentInput): Promise<PagePixels> {
  const document = await openDocument(input, { name: 'file' });
  await using _ = document;
  expect(document.pageCount).toBe(1);
  return await (await document.page(1)).render();
}

describe('every way a document can be held', () => {
  const bytes = makePdf({ pages: [page('one'), page('two')] });
  const path = join(folder, 'two pages.pdf');
  writeFileSync(path, bytes);
  test.each<[string, () => DocumentInput, string]>([
    ['a path', () => path, path],
    ['a file: URL', () => pathToFileURL(path), path],
    ['bytes', () => bytes, 'Image bytes'],
    ['a Blob', () => new Blob([bytes]), 'Image blob'],
    ['a data: URL', () => `data:application/pdf;base64,${bytes.toString('base64')}`, 'Image data URL'],
    ['a stream of Node', () => createReadStream(path), 'The stream'],
    ['a stream of the web', () => new Blob([bytes]).stream(), 'The stream'],
  ])('%s', async (_, input, name) => {
    const document = await openDocument(input());
    await using _document = document;
    expect(document).toMatchObject({ name, format: 'pdf', pageCount: 2, byteCount: bytes.length });
    expect(document.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect((await document.page(2)).name).toBe(`${name}, page 2`);
    expect(middleOfInk(await (await document.page(2)).render()).y).toBeLessThan(0.2);
  });

  test('a stream that is longer than allowed is left', async () => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1;
        yield new Uint8Array(1_000);
      }
    };
    await expect(openDocument(endless(), { maxBytes: 10_000 })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(given).toBe(11);
  });

  test('a stream to which nobody writes is left when the caller stops', async () => {
    const stop = new AbortController();
    const pipe = new PassThrough();
    const work = openDocument(pipe, { signal: stop.signal });
    pipe.write('%PDF-1.7');
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(work).rejects.toThrow('enough');
    expect(pipe.destroyed).toBe(true);
  });

  test('a stream of text is refused', async () => {
    await expect(openDocument(Readable.from(['%PDF-1.7']))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test.each(['', 'a\0b', join(folder, 'not-there.pdf')])('a path that names no file: %j', async (wrong) => {
    await expect(openDocument(wrong)).rejects.toMatchObject({ code: expect.stringMatching(/INVALID_ARGUMENT|IMAGE_NOT_FOUND/) });
  });

  test('an empty path and a folder, with the next move', async () => {
    await expect(openDocument('')).rejects.toMatchObject({
      message: 'The path of the document is empty.',
      hint: expect.stringContaining('Pass'),
    });
    const refusal = { message: expect.stringMatching(/is a folder, not a file/), hint: 'Pass the files in it one by one.' };
    await expect(openDocument(folder)).rejects.toMatchObject(refusal);
  });

  test('an empty file', async () => {
    writeFileSync(join(folder, 'empty.pdf'), '');
    await expect(openDocument(join(folder, 'empty.pdf'))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });

  test('a wrong extension is not believed', async () => {
    writeFileSync(join(folder, 'photo.pdf'), await encoder().png().toBuffer());
    const document = await openDocument(join(folder, 'photo.pdf'));
    await using _ = document;
    expect(document.format).toBe('png');
  });
});

describe('pages of a PDF', () => {
  test('count from 1, and the others are refused with their number', async () => {
    const document = await openDocument(makePdf({ pages: [page('one')] }), { name: 'a.pdf' });
    await using _ = document;
    expect((await document.page(1)).name).toBe('a.pdf');
    for (const number of [0, 2, -1, 1.5]) {
      await expect(document.page(number)).rejects.toMatchObject({
        code: 'PAGE_NOT_FOUND',
        message: expect.stringContaining(`no page ${number}`),
      });
    }
  });

  test.each([
    [0, { x: 0.15, y: 0.09 }],
    [90, { x: 0.91, y: 0.15 }],
    [180, { x: 0.85, y: 0.91 }],
    [270, { x: 0.09, y: 0.85 }],
  ])('are shown as they are turned: %d degrees', async (rotate, place) => {
    const pixels = await onlyPixels(makePdf({ pages: [page('Hello', { rotate })] }));
    expect(pixels.width > pixels.height).toBe(rotate % 180 === 90);
    const ink = middleOfInk(pixels);
    expect(Math.hypot(ink.x - place.x, ink.y - place.y)).toBeLessThan(0.03);
  });

  test('are cut to their crop box', async () => {
    const pixels = await onlyPixels(makePdf({ pages: [page('Hello', { cropBox: [50, 740, 250, 800] })] }));
    expect([pixels.width, pixels.height]).toEqual([556, 167]);
    expect(middleOfInk(pixels).y).toBeCloseTo(0.5, 0);
  });

  test('are drawn at 200 dpi, at the resolution that is asked for, and as large as the model needs', async () => {
    const bytes = makePdf({ pages: [page('Hello', { width: 360, height: 720 })] });
    const [standard, fine] = [await openDocument(bytes), await openDocument(bytes, { dpi: 300 })];
    await using _ = standard;
    await using __ = fine;
    expect((await standard.page(1)).size).toEqual({ width: 1000, height: 2000 });
    expect((await fine.page(1)).size).toEqual({ width: 1500, height: 3000 });
    const large = await (await standard.page(1)).render({ atLeast: { width: 448, height: 2240 } });
    expect([large.width, large.height]).toEqual([1120, 2240]);
    await expect(openDocument(bytes, { dpi: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('that are scans have the pixels of the scan', async () => {
    const pixels = { width: 700, height: 990 };
    const jpeg = await sharp({ create: { ...pixels, channels: 3, background: '#ddd' } })
      .jpeg()
      .toBuffer();
    const scan = { type: 'picture' as const, jpeg, pixels, x: 0, y: 0, width: 595, height: 841.5 };
    const document = await openDocument(makePdf({ pages: [{ width: 595, height: 841.5, items: [scan] }] }));
    await using _ = document;
    expect((await document.page(1)).size).toEqual(pixels);
  });

  test('that are huge are drawn with 40 million pixels, not more', async () => {
    const document = await openDocument(makePdf({ pages: [page('Hello', { width: 10_000, height: 10_000 })] }));
    await using _ = document;
    const { size } = await document.page(1);
    expect(size.width * size.height).toBeLessThanOrEqual(40_000_000);
    expect(size.width).toBeGreaterThan(6_000);
  });

  test('show form fields and stamps', async () => {
    const ink = async (more: Partial<PdfPage>): Promise<number> => {
      const { data } = await onlyPixels(makePdf({ pages: [{ items: [], ...more }] }));
      return data.filter((value) => value < 128).length;
    };
    expect(await ink({})).toBe(0);
    expect(await ink({ fields: [{ value: 'Ada', x: 100, y: 500, width: 200 }] })).toBeGreaterThan(300);
    expect(await ink({ stamp: { text: 'PAID', x: 100, y: 500 } })).toBeGreaterThan(300);
  });

  test('are found although the table of contents of the file is wrong', async () => {
    expect(middleOfInk(await onlyPixels(makePdf({ pages: [page('Hello')], xrefShift: 99 }))).y).toBeLessThan(0.2);
  });
});

describe('an encrypted PDF', () => {
  test.each(['rc4-128', 'aes-128', 'aes-256'] as const)('by %s opens with its password and no other', async (cipher) => {
    const bytes = makePdf({ pages: [page('Hello')], password: 'Geheim ß', cipher: cipher === 'aes-256' ? cipher : cipher });
    const document = await openDocument(bytes, { name: 'a.pdf', password: 'Geheim ß' });
    await using _ = document;
    expect(middleOfInk(await (await document.page(1)).render()).y).toBeLessThan(0.2);
    await expect(openDocument(bytes, { name: 'a.pdf' })).rejects.toMatchObject({
      code: 'DOCUMENT_ENCRYPTED',
      message: expect.stringContaining('needs a password'),
    });
    await expect(openDocument(bytes, { name: 'a.pdf', password: 'geheim ß' })).rejects.toMatchObject({
      code: 'DOCUMENT_ENCRYPTED',
      message: expect.stringContaining('does not open'),
    });
  });

  test('opens again in a new process', async () => {
    const bytes = makePdf({ pages: [page('one'), page('two')], password: 'x' });
    const document = await openDocument(bytes, { password: 'x' });
    await using _ = document;
    const stop = new AbortController();
    const work = document.page(1, stop.signal);
    stop.abort(new Error('stop'));
    await expect(work).rejects.toThrow('stop');
    expect((await (await document.page(2)).render()).width).toBe(1653);
  });
});

describe('pages of a TIFF', () => {
  test.each(['none', 'packbits', 'lzw', 'deflate', 'jpeg', 'webp', 'ccittfax4'] as const)(
    'compressed by %s, each of them',
    async (compression) => {
      const encode = (negate: boolean): Promise<Buffer> => {
        const image = negate ? encoder().negate() : encoder();
        const grey = compression === 'ccittfax4' ? image.toColourspace('b-w').threshold(128) : image;
        return grey.tiff({ compression, quality: 100, ...(compression === 'ccittfax4' && { bitdepth: 1 }) }).toBuffer();
      };
      const [first, second] = [await encode(false), await encode(true)];
      const document = await openDocument(joinTiffs([first, second]), { name: 'scan.tif' });
      await using _ = document;
      expect(document.pageCount).toBe(2);
      for (const [index, single] of [first, second].entries()) {
        const pixels = await (await document.page(index + 1)).render();
        expect(pixels.data.length).toBe(64 * 48 * 3);
        expect(Buffer.from(pixels.data).equals(Buffer.from((await onlyPixels(single)).data))).toBe(true);
      }
    },
  );

  test('in 16 bits, Lab and CMYK', async () => {
    for (const space of ['rgb16', 'lab', 'cmyk'] as const) {
      const tiff = await encoder().toColourspace(space).tiff({ compression: 'lzw' }).toBuffer();
      expect((await onlyPixels(joinTiffs([tiff]))).data.length, space).toBe(64 * 48 * 3);
    }
  });

  test('of two pages and of a pyramid, as they were found', async () => {
    const opened = async (name: string): Promise<number> => {
      const document = await openDocument(new URL(`./files/${name}`, import.meta.url));
      await using _ = document;
      return document.pageCount;
    };
    expect([await opened('multipage.tif'), await opened('pyramid.tif')]).toEqual([2, 1]);
  });

  test('of a chain that leads back to itself are read once, with a warning', async () => {
    const tiff = joinTiffs([await encoder().tiff().toBuffer(), await encoder().tiff().toBuffer()], { isCyclic: true });
    const document = await openDocument(tiff, { name: 'scan.tif' });
    await using _ = document;
    expect([document.pageCount, document.warnings]).toEqual([2, [expect.stringContaining('leads back to an earlier one')]]);
    expect((await (await document.page(2)).render()).width).toBe(64);
  });

  test('of a file that is cut off are read as far as they go, with a warning', async () => {
    const encode = (): Promise<Buffer> => encoder().tiff({ compression: 'none' }).toBuffer();
    const [one, two, three] = [await encode(), await encode(), await encode()];
    const whole = joinTiffs([one, two, three]);
    for (const missing of [100, three.length + 100]) {
      const given = whole.subarray(0, whole.length - missing);
      const document = await openDocument(given, { name: 'scan.tif' });
      await using _ = document;
      expect(document.pageCount).toBe(missing < three.length ? 2 : 1);
      expect(document.warnings).toEqual([expect.stringContaining('what followed is lost')]);
      for (let number = 1; number <= document.pageCount; number += 1) {
        expect((await (await document.page(number)).render()).width).toBe(64);
      }
      expect(given.equals(whole.subarray(0, whole.length - missing))).toBe(true); // the caller's bytes are left as they are
    }
  });
});

test('what is no document is refused by its name', async () => {
  await expect(openDocument(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), { name: 'a.svg' })).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    message: 'a.svg is an SVG drawing, which is not read.',
  });
  await expect(openDocument(readFileSync(new URL(import.meta.url)), { name: 'a.ts' })).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
});

test('bytes that are refused before they are looked at are called by the name that was given', async () => {
  for (const input of [new Uint8Array(0), new ArrayBuffer(0), new Blob([])]) {
    await expect(openDocument(input, { name: 'scan.png' })).rejects.toMatchObject({ message: 'scan.png is empty: it has 0 bytes.' });
  }
  await expect(openDocument(new Uint8Array(20), { name: 'scan.png', maxBytes: 10 })).rejects.toMatchObject({
    message: expect.stringMatching(/^scan\.png has 20 bytes/),
  });
});
