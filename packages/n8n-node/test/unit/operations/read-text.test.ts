import { endVerdict } from '@h2ovl/contract';
import type { PageContent } from '@h2ovl/contract/wire';
import { expect, test } from 'vitest';
import { pdf, png, runNode, runToProblem } from '../../helpers/run-node.ts';
import { startStubServer } from '../../helpers/stub-server.ts';

const pageOf = (page: number, text: string, rest: Partial<PageContent> = {}): PageContent => ({
  page,
  text,
  source: 'model',
  verdict: endVerdict('stop'),
  warnings: [],
  ...rest,
});

test('gives the text, one page per image, the model and the time, linked to the input item, with its binary', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: ' Total 9.50\n' }));
  const [item] = await runNode({ baseUrl: server.baseUrl });
  expect(item?.json).toEqual({
    text: 'Total 9.50',
    pages: [{ page: 1, text: 'Total 9.50', source: 'model', verdict: 'ok' }],
    pageCount: 1,
    model: 'nano',
    durationMs: expect.any(Number),
  });
  expect(item?.pairedItem).toEqual({ item: 0 });
  expect(Object.keys(item?.binary ?? {})).toEqual(['data']);
});

test('sends the file by its name, and leaves everything else to the defaults of the server', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  await runNode({ baseUrl: server.baseUrl });
  expect(server.seen[0]).toMatchObject({
    path: '/v1/read',
    headers: { accept: 'text/event-stream' },
    file: { name: 'data.png', bytes: png },
  });
  expect(server.seen[0]?.form).toEqual({
    model: 'nano',
    mode: 'auto',
    stream: 'true',
    stream_options: '{"include_progress":false,"include_text":false}',
  });
});

test('passes the options on', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  const options = { prompt: 'Read the totals.', maxTokens: 5, tiles: '2', pages: ' 1-3,-1 ', mode: 'text', password: 'p', drafts: 'off' };
  const budgets = { pageBudget: 2.5, documentBudget: 60, readBlank: true };
  await runNode({ baseUrl: server.baseUrl, items: [{ data: pdf }], parameters: { options: { ...options, ...budgets } } });
  expect(server.seen[0]?.form).toMatchObject({
    page_budget_ms: '2500',
    document_budget_ms: '60000',
    read_blank: 'true',
    instruction: 'Read the totals.',
    max_output_tokens: '5',
    tiles: '2',
    pages: '1-3,-1',
    mode: 'text',
    password: 'p',
    drafts: 'off',
  });
});

test.each([
  [{ maxTiles: 2 }, "There is no option 'Max Tiles' any more"],
  [{ tiles: 'many' }, "Tiles is 'many'"],
  [{ drafts: 'some' }, "Drafts is 'some'"],
])('%j is refused', async (options, message) => {
  const problem = await runToProblem({ baseUrl: 'http://127.0.0.1:1', parameters: { options } });
  expect(problem.message).toBe(message);
});

test('a mode that does not exist is refused', async () => {
  const problem = await runToProblem({ baseUrl: 'http://127.0.0.1:1', parameters: { options: { mode: 'ocr' } } });
  expect(problem.message).toBe("There is no mode 'ocr'");
});

test('reads several fields one after the other, as pages of one document', async () => {
  const texts = ['first', 'second'];
  await using server = await startStubServer(() => ({ type: 'text', text: texts.shift() ?? 'too many' }));
  const [item] = await runNode({
    baseUrl: server.baseUrl,
    items: [{ front: png, back: png }],
    parameters: { binaryPropertyName: 'front, back' },
  });
  expect(item?.json).toMatchObject({
    text: 'first\n\nsecond',
    pageCount: 2,
    pages: [
      { page: 1, text: 'first', file: 'front.png' },
      { page: 2, text: 'second', file: 'back.png' },
    ],
  });
});

test('a PDF comes as one item with its pages, or as one item per page, each with the binary', async () => {
  const pages = [pageOf(1, 'one', { source: 'text' }), pageOf(3, 'three')];
  await using server = await startStubServer(() => ({ type: 'pages', pages }));
  const [whole] = await runNode({ baseUrl: server.baseUrl, items: [{ data: pdf }] });
  expect(whole?.json).toMatchObject({
    text: 'one\n\nthree',
    pageCount: 2,
    pages: [
      { page: 1, text: 'one', source: 'text' },
      { page: 3, text: 'three', source: 'model' },
    ],
  });
  const items = await runNode({
    baseUrl: server.baseUrl,
    items: [{ data: png }, { data: pdf }],
    parameters: { options: { output: 'pages' } },
  });
  expect(items.map(({ json, pairedItem, binary }) => [json.page, json.text, pairedItem?.item, Object.keys(binary ?? {})])).toEqual([
    [1, 'one', 0, ['data']],
    [3, 'three', 0, ['data']],
    [1, 'one', 1, ['data']],
    [3, 'three', 1, ['data']],
  ]);
});

test('a page that failed is named beside the others; when all failed, the item has failed', async () => {
  const error = { code: 'DOCUMENT_TIMEOUT', message: 'It took too long.', hint: 'Draw it simpler.' };
  const failed = pageOf(2, '', { error });
  await using some = await startStubServer(() => ({ type: 'pages', pages: [pageOf(1, 'one'), failed] }));
  const [item] = await runNode({ baseUrl: some.baseUrl, items: [{ data: pdf }] });
  expect(item?.json).toMatchObject({
    failedPages: [2],
    pages: [{ page: 1 }, { page: 2, text: '', error: 'It took too long. Draw it simpler.' }],
  });
  await using all = await startStubServer(() => ({ type: 'pages', pages: [failed] }));
  const problem = await runToProblem({ baseUrl: all.baseUrl, items: [{ data: pdf }] });
  expect(problem).toMatchObject({ httpCode: '422', description: expect.stringContaining('It took too long.') });
});

test('marks the page and the item whose text was cut by the token limit', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'Tot', finishReason: 'length' }));
  const [item] = await runNode({ baseUrl: server.baseUrl });
  expect(item?.json).toMatchObject({ truncated: true, pages: [{ page: 1, text: 'Tot', truncated: true }] });
});

test('the time limit counts from page to page, and ends a document whose next page does not come', async () => {
  const pages = [pageOf(1, 'one'), pageOf(2, 'two'), pageOf(3, 'three')];
  await using slow = await startStubServer(() => ({ type: 'pages', pages, pageDelayMs: 1500 }));
  const [item] = await runNode({ baseUrl: slow.baseUrl, items: [{ data: pdf }], parameters: { options: { timeout: 4 } } });
  expect(item?.json.pageCount).toBe(3);
  await using stuck = await startStubServer(() => ({ type: 'pages', pages, hangAfter: 2 }));
  const problem = await runToProblem({ baseUrl: stuck.baseUrl, items: [{ data: pdf }], parameters: { options: { timeout: 1 } } });
  expect(problem.message).toBe(`The server at ${stuck.baseUrl} gave no answer within 1 s`);
  await expect.poll(() => stuck.closedEarly).toBe(1);
}, 300_000);
