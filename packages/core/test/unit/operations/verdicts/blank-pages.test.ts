import { jsonSchema } from '@h2ovl/contract';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { makePdf } from '../../../../../dev/src/testing/pdf/make-pdf.ts';
import { openDocument } from '../../../../src/documents/open-document.ts';
import { closeLineReader } from '../../../../src/lines/read-lines.ts';
import { askDocument } from '../../../../src/operations/ask-document.ts';
import { extractDocument } from '../../../../src/operations/extract-document.ts';
import { readDocument } from '../../../../src/operations/read-document.ts';
import { FakePageModel } from '../fake-page-model.ts';

const draw = (svg: string): Promise<Buffer> => sharp(Buffer.from(svg)).png().toBuffer();
const page = (parts: string, ground = '#fff'): Promise<Buffer> =>
  draw(
    `<svg xmlns="http://www.w3.org/2000/svg" width="620" height="877"><rect width="100%" height="100%" fill="${ground}"/>${parts}</svg>`,
  );
const black = sharp({ create: { width: 448, height: 448, channels: 3, background: '#000' } })
  .png()
  .toBuffer();
const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
  .png()
  .toBuffer();
const scribble = page(
  '<path d="M150 600 c30 -60 45 40 65 -10 s30 30 55 -15 s40 25 70 -5 s35 10 80 -20" fill="none" stroke="#113" stroke-width="4"/>',
);
const pageNumber = page('<text x="310" y="840" font-size="20" font-family="DejaVu Serif">17</text>');

/** Says what nobody sees. */
const inventor = (id?: string): FakePageModel => Object.assign(new FakePageModel(() => 'Invented text'), id === undefined ? {} : { id });

async function first<T>(results: AsyncIterable<T>): Promise<T> {
  for await (const result of results) return result;
  throw new Error('There is no page.');
}

afterAll(closeLineReader);

describe('a blank page', () => {
  test.each([
    ['a black square', black],
    ['a single pixel', pixel],
    ['a white page', page('')],
  ])('%s gets no text: the model is not asked', async (_, picture) => {
    const model = inventor();
    const reading = await first(readDocument(await picture, { model }));
    expect(reading).toMatchObject({ text: '', source: 'lines', verdict: { kind: 'blank', attempts: [] } });
    const object = await first(extractDocument(await picture, { model, schema: jsonSchema({ type: 'object' }) }));
    expect(object).toMatchObject({ object: undefined, text: '', verdict: { kind: 'blank' } });
    expect(object.error).toBeUndefined();
    expect(model.requests).toEqual([]);
  });

  test('is read all the same where that is asked for, and always asked about', async () => {
    const model = inventor();
    const reading = await first(readDocument(await black, { model, readBlank: true }));
    expect(reading).toMatchObject({ text: 'Invented text', source: 'model', verdict: { kind: 'ok' } });
    const answer = await first(askDocument(await black, { model, question: 'What is it?' }));
    expect(answer).toMatchObject({ text: 'Invented text', verdict: { kind: 'ok' } });
  });

  test('is none with a page number on it', async () => {
    const reading = await first(readDocument(await pageNumber, { model: inventor() }));
    expect(reading).toMatchObject({ text: 'Invented text', source: 'model', verdict: { kind: 'ok' } });
  });
});

describe('a page with marks that are no print', () => {
  test('is read by a model that may know more than the line reader, and that is said', async () => {
    const reading = await first(readDocument(await scribble, { model: inventor() }));
    expect(reading).toMatchObject({
      text: 'Invented text',
      verdict: { kind: 'ok', reasons: [expect.stringContaining("model's word alone")] },
    });
  });

  test('gets no text from the small model, which reads print only', async () => {
    const reading = await first(readDocument(await scribble, { model: inventor('nano') }));
    expect(reading).toMatchObject({ text: '', source: 'lines', verdict: { kind: 'unreadable' } });
  });
});

describe('the time for a document', () => {
  test('leaves out the pages behind, and says so; each page has its own', async () => {
    const model = inventor();
    model.more = { timings: { queueMs: 5000, imageMs: 0, visionMs: 0, prefillMs: 30_000, decodeMs: 30_000 } };
    const document = await openDocument(makePdf({ pages: [1, 2, 3].map(() => ({ items: [] })) }));
    await using _ = document;
    const verdicts: string[] = [];
    for (const pages of ['1-2', '3']) {
      // Lines and text layer are left out: reading them takes real time, too.
      const plain = { model, mode: 'model', readBlank: true, rotate: 0, tiles: 1, support: false, drafts: 'off' } as const;
      const options = { ...plain, pages, pageBudgetMs: 100_000, documentBudgetMs: 90_000 };
      for await (const { verdict } of readDocument(document, options)) verdicts.push(verdict.kind);
    }
    expect(verdicts).toEqual(['ok', 'ok', 'skipped']);
    expect(model.requests.map(({ budgetMs = 0 }) => Math.round(budgetMs / 1000))).toEqual([90, 30]);
    await expect(first(readDocument(document, { mode: 'text', pageBudgetMs: 0 }))).rejects.toMatchObject({ param: 'pageBudgetMs' });
  });

  test('never asks a model for an answer in no time', async () => {
    const model = inventor();
    await first(askDocument(await pageNumber, { model, question: 'Which page?', pageBudgetMs: 0.001 }));
    expect(model.requests.map(({ budgetMs }) => budgetMs)).toEqual([1]);
  });
});
