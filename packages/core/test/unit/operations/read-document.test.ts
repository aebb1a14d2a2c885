import { jsonSchema, OutputInvalidError, operations, type PageReading, VisionError } from '@h2ovl/contract';
import { describe, expect, test } from 'vitest';
import { makePdf, type PdfPage, type PdfText } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { openDocument } from '../../../src/documents/open-document.ts';
import { askDocument } from '../../../src/operations/ask-document.ts';
import { extractDocument } from '../../../src/operations/extract-document.ts';
import { readDocument } from '../../../src/operations/read-document.ts';
import { FakePageModel } from './fake-page-model.ts';

const words = (text: string, more: Partial<PdfText> = {}): PdfText => ({ type: 'text', text, x: 60, y: 760, size: 14, ...more });
const page = (text: string): PdfPage => ({ items: [words(text)] });
const invisible: PdfPage = { items: [words('made searchable', { renderMode: 3 })] };
const unmapped: PdfPage = { items: [words('letters of an unknown font', { font: 'no-unicode' })] };
const mixed = makePdf({ pages: [page('A page that carries text'), invisible, unmapped] });

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}
const short = ({ page: number, source, text, reason }: PageReading): unknown[] => [number, source, text, reason];

describe('readDocument', () => {
  test('takes a healthy text layer, asks the model for the other pages, and says why', async () => {
    const model = new FakePageModel();
    const readings = await collect(readDocument(mixed, { readBlank: true, name: 'a.pdf', model }));
    const prompt = operations.read.instruction;
    expect(readings.map(short)).toEqual([
      [1, 'text', 'A page that carries text', 'the text layer is healthy'],
      [2, 'model', `${prompt} | a.pdf, page 2`, expect.stringMatching(/^the text layer is missing: all of its text is hidden/)],
      [3, 'model', `${prompt} | a.pdf, page 3`, expect.stringMatching(/^the text layer is broken: 22 of its 22 characters/)],
    ]);
    expect(model.requests.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([
      operations.read.maxOutputTokens,
      operations.read.maxOutputTokens,
    ]);
    expect(readings.map(({ size }) => size)).toEqual(Array.from({ length: 3 }, () => ({ width: 1653, height: 2339 })));
    expect(readings[0]?.document).toEqual({
      name: 'a.pdf',
      format: 'pdf',
      byteCount: mixed.length,
      pageCount: 3,
      sha256: expect.any(String),
      warnings: [],
    });
  });

  test("mode 'model' always asks the model", async () => {
    const readings = await collect(readDocument(mixed, { readBlank: true, model: new FakePageModel(), mode: 'model' }));
    expect(readings.map(({ source }) => source)).toEqual(['model', 'model', 'model']);
  });

  test("mode 'text' needs no model, and shows no text that nobody sees", async () => {
    const readings = await collect(readDocument(mixed, { mode: 'text' }));
    expect(readings.map(({ text, source }) => [text, source])).toEqual([
      ['A page that carries text', 'text'],
      ['', 'text'],
      ['letters of an unknown font', 'text'],
    ]);
    expect(readings[1]?.warnings).toEqual([expect.stringMatching(/^No text: the text layer is missing: all of its text is hidden/)]);
    expect(readings[2]?.warnings[0]).toMatch(/^The text may be wrong: the text layer is broken/);
  });

  test('a model is only loaded when a page needs it', async () => {
    let loaded = 0;
    const model = (): FakePageModel => {
      loaded += 1;
      return new FakePageModel();
    };
    await collect(readDocument(makePdf({ pages: [page('A page that carries text')] }), { model }));
    expect(loaded).toBe(0);
    await collect(readDocument(mixed, { readBlank: true, model, pages: '2' }));
    expect(loaded).toBe(1);
  });

  test('reads the pages that are named, in their order', async () => {
    const readings = await collect(readDocument(mixed, { readBlank: true, model: new FakePageModel(), pages: '-1,1-2' }));
    expect(readings.map((reading) => reading.page)).toEqual([3, 1, 2]);
    await expect(collect(readDocument(mixed, { mode: 'text', pages: '4' }))).rejects.toMatchObject({
      code: 'PAGE_NOT_FOUND',
      param: 'pages',
    });
    await expect(collect(readDocument(mixed, { mode: 'text', maxPages: 2 }))).rejects.toMatchObject({
      code: 'DOCUMENT_TOO_LARGE',
      message: expect.stringContaining('maxPages'),
    });
  });

  test('a page that was read is not read again, whatever document object it comes from', async () => {
    const model = new FakePageModel();
    const options = { model, pages: '2', readBlank: true };
    const [first] = await collect(readDocument(mixed, options));
    const [again] = await collect(readDocument(mixed, options));
    expect(model.requests.length).toBe(1);
    expect(again).toEqual(first);
    await collect(readDocument(mixed, { ...options, maxOutputTokens: 5 }));
    await collect(readDocument(mixed, { ...options, temperature: 1 }));
    await collect(readDocument(mixed, { ...options, temperature: 1 }));
    expect(model.requests.length).toBe(4); // another limit is another question, and lots are drawn anew
  });

  test('a page that fails says so, and the next one follows', async () => {
    const model = new FakePageModel((one) => {
      if (one.number === 2) throw new VisionError('CONTEXT_OVERFLOW', 'Too long.', { hint: 'Shorten it.' });
      return 'read';
    });
    const readings = await collect(readDocument(mixed, { readBlank: true, model, mode: 'model' }));
    expect(readings.map(({ text, error }) => [text, error])).toEqual([
      ['read', undefined],
      ['', { code: 'CONTEXT_OVERFLOW', message: 'Too long.', hint: 'Shorten it.' }],
      ['read', undefined],
    ]);
  });

  test('a model that is gone ends it', async () => {
    const model = new FakePageModel(() => {
      throw new VisionError('DISPOSED', 'Gone.');
    });
    await expect(collect(readDocument(mixed, { readBlank: true, model, mode: 'model' }))).rejects.toMatchObject({ code: 'DISPOSED' });
    expect(model.requests.length).toBe(1);
  });

  test('stops when it is aborted, with the reason as it is', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      for await (const reading of readDocument(mixed, { readBlank: true, model: new FakePageModel(), signal: stop.signal })) {
        seen.push(reading.page);
        stop.abort(reason);
      }
    };
    await expect(work()).rejects.toBe(reason);
    expect(seen).toEqual([1]);
  });

  test('tells its progress', async () => {
    const steps: string[] = [];
    const onProgress = (step: { page: number; done: number; total: number; event?: { type: string } }): void => {
      steps.push(`${step.done}/${step.total} page ${step.page} ${step.event?.type ?? 'opened'}`);
    };
    await collect(readDocument(mixed, { readBlank: true, model: new FakePageModel(), pages: '2-3', onProgress }));
    expect(steps).toEqual(['0/2 page 2 opened', '0/2 page 2 progress', '1/2 page 3 opened', '1/2 page 3 progress']);
  });

  test('leaves a document open that it did not open', async () => {
    const document = await openDocument(mixed);
    await using _ = document;
    for await (const reading of readDocument(document, { mode: 'text' })) if (reading.page === 1) break;
    expect((await document.page(2)).number).toBe(2);
  });

  test('compares both readings of a page on demand', async () => {
    const text = 'Total 1234.50 EUR payable now';
    const model = new FakePageModel(() => 'total 1284.50 EUR\npayable now');
    const [reading] = await collect(readDocument(makePdf({ pages: [page(text)] }), { model, compare: true }));
    expect(reading).toMatchObject({ source: 'text', text, work: { finishReason: 'stop' } });
    expect(reading?.comparison).toEqual({
      agreement: 0.8,
      lines: [{ text, agreement: 0.8 }],
      diff: [
        { side: '=', text: 'Total' },
        { side: '-', text: '1234.50' },
        { side: '+', text: '1284.50' },
        { side: '=', text: 'EUR payable now' },
      ],
    });
  });

  test.each([
    ['a mode that is none', { mode: 'fast' as 'auto' }],
    ['no model where one is needed', { mode: 'model' as const }],
    ['a range that is none', { mode: 'text' as const, pages: 'all of them' }],
    ['a range that runs backwards', { mode: 'text' as const, pages: '3-1' }],
    ['no pages', { mode: 'text' as const, pages: [] }],
    ['a limit that is none', { mode: 'text' as const, maxPages: 0 }],
  ])('refuses %s', async (_, options) => {
    await expect(async () => collect(readDocument(mixed, options))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('askDocument and extractDocument', () => {
  test('ask each page', async () => {
    const answers = await collect(askDocument(mixed, { name: 'a.pdf', model: new FakePageModel(), question: 'What is it?', pages: '1,3' }));
    expect(answers.map(({ page: number, text }) => [number, text])).toEqual([
      [1, 'What is it? | a.pdf, page 1'],
      [3, 'What is it? | a.pdf, page 3'],
    ]);
  });

  test('take an object from each page; one that does not fit is that page failed', async () => {
    const model = new FakePageModel((one) => {
      if (one.number === 2)
        throw new OutputInvalidError('It does not fit.', { text: '{', issues: [], finishReason: 'length', partial: {} });
      return `{"page":${one.number}}`;
    });
    const schema = jsonSchema<{ page: number }>({ type: 'object', properties: { page: { type: 'number' } } });
    const objects = await collect(extractDocument(mixed, { readBlank: true, model, schema }));
    expect(objects.map(({ object, error }) => [object, error?.code])).toEqual([
      [{ page: 1 }, undefined],
      [undefined, 'OUTPUT_INVALID'],
      [{ page: 3 }, undefined],
    ]);
    expect(objects[1]?.error?.output).toEqual({ text: '{', issues: [], finishReason: 'length', partial: {} });
  });

  test('an object says which values were cut at a bound, and a page that does not fit what came of it', async () => {
    const output = { text: '{"page":', issues: [{ path: ['page'], message: 'is missing' }], finishReason: 'length', partial: {} };
    const model = new FakePageModel((one) => {
      if (one.number === 2) throw new OutputInvalidError('It was cut.', output, { hint: 'Raise maxOutputTokens.' });
      return '{"page":"1"}';
    });
    model.more = { truncated: ['page'] };
    const options = { model, schema: jsonSchema({ type: 'object' }), pages: '1,2', enforcement: 'after', readBlank: true } as const;
    const [whole, cut] = await collect(extractDocument(mixed, options));
    expect(whole).toMatchObject({ object: { page: '1' }, truncated: ['page'] });
    expect([whole?.verdict.kind, cut?.verdict.kind]).toEqual(['ok', 'truncated']);
    expect(cut?.error).toEqual({ code: 'OUTPUT_INVALID', message: 'It was cut.', hint: 'Raise maxOutputTokens.', output });
    expect(model.requests.map(({ enforcement }) => enforcement)).toEqual(['after', 'after']);
  });
});
