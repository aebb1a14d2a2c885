import type { Page } from '@h2ovl/contract';
import { afterAll, expect, test } from 'vitest';
import { makePdf } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { openDocument } from '../../../src/documents/open-document.ts';
import { closeLineReader, readLines } from '../../../src/lines/read-lines.ts';
import { readDocument } from '../../../src/operations/read-document.ts';
import { FakePageModel } from './fake-page-model.ts';

afterAll(closeLineReader);

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

// PDFium brings the fonts: nothing of this machine shows on the pages.
const items = ['Invoice 20438', 'Coffee beans 12.50', 'Total 12.50'].map((text, row) => ({
  type: 'text' as const,
  text,
  x: 60,
  y: 740 - row * 40,
  size: 18,
}));
const carrying = makePdf({ pages: [{ items }] });
/** The letters have no meaning in the file, and are seen all the same. */
const unmapped = makePdf({ pages: [{ items: items.map((item) => ({ ...item, font: 'no-unicode' as const })) }] });

test("mode 'lines' reads what is seen, with boxes, and needs no model", async () => {
  const [reading] = await collect(readDocument(carrying, { mode: 'lines' }));
  expect(reading).toMatchObject({ page: 1, source: 'lines', reason: 'the lines were asked for', warnings: [] });
  expect(reading?.text).toBe('Invoice 20438\nCoffee beans 12.50\nTotal 12.50');
  expect(reading?.lines?.lines).toHaveLength(3);
  expect(reading?.lines?.rotation).toBe(0);
});

test('without a model a healthy text layer comes first, and lines take the place of the model', async () => {
  const [healthy] = await collect(readDocument(carrying));
  expect(healthy?.source).toBe('text');
  const [broken] = await collect(readDocument(unmapped));
  expect(broken).toMatchObject({ source: 'lines', reason: expect.stringMatching(/^the text layer is broken.*, and no model was chosen$/) });
  expect(() => readDocument(unmapped, { mode: 'model' })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'model' }));
});

test('with a model it reads, and lines come beside its text where they are asked for', async () => {
  const model = new FakePageModel();
  const [plain] = await collect(readDocument(unmapped, { model }));
  expect(plain?.source).toBe('model');
  expect(plain).not.toHaveProperty('lines');
  const [both] = await collect(readDocument(unmapped, { model, lines: true }));
  expect(both?.source).toBe('model');
  expect(both?.lines?.lines.length).toBeGreaterThan(0);
});

test('budgets hold for lines, too: a page without time has none, and the pages behind it are skipped', async () => {
  const twice = makePdf({ pages: [{ items }, { items: items.slice(0, 1) }] });
  const [late, skipped] = await collect(readDocument(twice, { mode: 'lines', documentBudgetMs: 1 }));
  expect(late).toMatchObject({
    page: 1,
    source: 'lines',
    text: '',
    verdict: { kind: 'timed-out', reasons: [expect.stringContaining('time')] },
  });
  expect(skipped).toMatchObject({ page: 2, verdict: { kind: 'skipped' } });
  const [own] = await collect(readDocument(twice, { mode: 'lines', pageBudgetMs: 1, pages: '2' }));
  expect(own?.verdict.kind).toBe('timed-out');
});

test('a page is read once, however often its lines are asked for', async () => {
  await using document = await openDocument(carrying);
  const first = await readLines(await document.page(1));
  expect(await readLines(await document.page(1))).toBe(first);
});

test('a page that is asked for several times at once is read once', async () => {
  await using document = await openDocument(makePdf({ pages: [{ items: items.slice(0, 1) }] }));
  const page = await document.page(1);
  let renders = 0;
  const counted: Page = {
    ...page,
    render: (options) => {
      renders += 1;
      return page.render(options);
    },
  };
  const [first, ...others] = await Promise.all([readLines(counted), readLines(counted), readLines(counted)]);
  expect(first?.text).toBe('Invoice 20438');
  for (const other of others) expect(other).toBe(first);
  expect(renders).toBe(1);
});
