import { describe, expect, test } from 'vitest';
import * as hostile from '../../../../dev/src/testing/pdf/hostile-pdfs.ts';
import { makePdf } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { type OpenDocumentOptions, openDocument } from '../../../src/documents/open-document.ts';

const hello = makePdf({ pages: [{ items: [{ type: 'text', text: 'Hello', x: 50, y: 700, size: 20 }] }] });

/** Every page of a document, rendered and its text read; errors by their code. */
async function readAll(bytes: Uint8Array, options: OpenDocumentOptions = {}): Promise<string[]> {
  const document = await openDocument(bytes, { name: 'file', ...options });
  await using _ = document;
  const outcomes: string[] = [];
  for (let number = 1; number <= document.pageCount; number += 1) {
    try {
      const page = await document.page(number);
      const raster = await page.render();
      await page.textLayer();
      outcomes.push(`${raster.width}x${raster.height}`);
    } catch (error) {
      outcomes.push((error as { code: string }).code);
    }
  }
  return outcomes;
}

const refused = (code: string): unknown => expect.objectContaining({ code });

describe('a hostile PDF ends in an error that says why', () => {
  test('a page that never comes to an end, in time and by the name of the limit', async () => {
    // Ten times what an idle machine takes to open it, which counts, too.
    const document = await openDocument(hostile.makeLaughingForms(12), { name: 'file', pageTimeoutMs: 5_000 });
    await using _ = document;
    const work = document.page(1).then((page) => page.render());
    await expect(work).rejects.toMatchObject({ code: 'DOCUMENT_TIMEOUT', message: expect.stringContaining('5000 ms (pageTimeoutMs)') });
  });

  test('all pages together, too', async () => {
    const pages = Array.from({ length: 50 }, () => ({ items: [] }));
    const readPages = async (): Promise<void> => {
      const document = await openDocument(makePdf({ pages }), { name: 'file', documentTimeoutMs: 4_000 });
      await using _ = document;
      for (;;) for (let number = 1; number <= 50; number += 1) await (await document.page(number)).render();
    };
    await expect(readPages()).rejects.toMatchObject({ code: 'DOCUMENT_TIMEOUT', message: expect.stringContaining('documentTimeoutMs') });
  });

  test('a page that needs more memory than it may have', async () => {
    const document = await openDocument(hostile.makePageOfSize(14_000, 14_000), { name: 'file', dpi: 60, maxMemoryBytes: 300_000_000 });
    await using _ = document;
    const page = await document.page(1);
    await expect(page.render()).rejects.toMatchObject({
      code: 'DOCUMENT_TOO_LARGE',
      message: expect.stringContaining('300000000 bytes of memory to decode (maxMemoryBytes)'),
    });
  });

  test('a page of more pixels than allowed, from its size alone', async () => {
    const document = await openDocument(hostile.makePageOfSize(14_000, 14_000), { name: 'file', dpi: 600 });
    await using _ = document;
    await expect(document.page(1)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE', message: expect.stringContaining('maxPixels') });
  });

  test.each([
    ['a tree that is its own child', hostile.makeCyclicTree()],
    ['a tree of pages that are not there', hostile.makeEmptyTree(1_000_000)],
    ['a file cut off after its head', hello.subarray(0, 40)],
    ['a head and nothing else', Buffer.from('%PDF-1.7\n')],
    ['a page of no size', hostile.makePageOfSize(0, 0)],
    ['a page of a million points', hostile.makePageOfSize(1_000_000, 1)],
    ['a picture of 30,000 x 30,000 pixels', hostile.makePictureBomb(30_000)],
    ['content of 300 MB in 300 KB', hostile.makeContentBomb(300_000_000)],
  ])('%s', async (_, bytes) => {
    const outcome = await readAll(bytes, { pageTimeoutMs: 3_000 }).catch((error: { code: string }) => [error.code]);
    for (const page of outcome) expect(page).toMatch(/^(DOCUMENT_[A-Z_]+|IMAGE_[A-Z_]+|\d+x\d+)$/);
    expect(outcome.length).toBeLessThan(10);
  });

  test('and the next page is read by a new process', async () => {
    const document = await openDocument(hostile.makeManyPages(3), { name: 'file' });
    await using _ = document;
    const page = await document.page(2);
    await page.render();
    await expect(page.render({ atLeast: { width: 6_000, height: 6_000 } }).then((pixels) => pixels.width)).resolves.toBe(6_000);
    const stopped = new AbortController();
    const work = page.render({ atLeast: { width: 6_000, height: 6_000 }, signal: stopped.signal });
    setTimeout(() => stopped.abort(new Error('enough')), 20);
    await expect(work).rejects.toThrow('enough');
    expect((await (await document.page(3)).render()).width).toBeGreaterThan(100);
  });

  test('10,000 pages are counted, and any of them is read', async () => {
    const document = await openDocument(hostile.makeManyPages(10_000), { name: 'file' });
    await using _ = document;
    expect(document.pageCount).toBe(10_000);
    expect((await (await document.page(9_999)).render()).width).toBeGreaterThan(100);
  });
});

describe('what a file is, its bytes say', () => {
  test.each([
    ['a PDF behind a line of a mail gateway', Buffer.concat([Buffer.from('X-Scanned: yes\r\n'), hello]), ['1653x2339']],
    ['a PDF with an image behind it', Buffer.concat([hello, Buffer.from('\xff\xd8\xff\xe0 and so on', 'latin1')]), ['1653x2339']],
  ])('%s', async (_, bytes, expected) => {
    expect(await readAll(bytes)).toEqual(expected);
  });

  test('a ZIP archive that holds a PDF is no PDF', async () => {
    await expect(readAll(Buffer.from('PK\x03\x04 ... report.pdf', 'latin1'))).rejects.toEqual(refused('IMAGE_UNREADABLE'));
  });

  test('an HTML page that quotes one is no PDF', async () => {
    await expect(readAll(Buffer.from(`<html>${' '.repeat(2_000)}%PDF-1.7`))).rejects.toEqual(refused('IMAGE_UNREADABLE'));
  });
});
