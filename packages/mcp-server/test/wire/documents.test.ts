import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { makeBlackPng, makeTiff } from '../../../dev/src/testing/craft-images.ts';
import { joinTiffs } from '../../../dev/src/testing/craft-tiff.ts';
import { makePdf, type PdfPage, type PdfText } from '../../../dev/src/testing/pdf/make-pdf.ts';
import { writeRange } from '../../src/mcp/read-pages.ts';
import { fakeEngine } from '../helpers/fake-model.ts';
import { connectClient } from '../helpers/mcp-clients.ts';
import { useServedFolder } from '../helpers/served-folder.ts';
import { startHttp, waitUntil } from '../helpers/start-server.ts';

const served = useServedFolder();
let engine: ReturnType<typeof fakeEngine>;

beforeEach(async () => {
  engine = fakeEngine({ text: 'what the model read '.repeat(20) });
  await served.start(engine);
});

/** Small pages: what is looked at here does not depend on their size, and drawing takes time with it. */
const page = (number: number, more: Partial<PdfText> = {}): PdfPage => ({
  width: 260,
  height: 190,
  items: Array.from({ length: 12 }, (_, line) => ({
    type: 'text',
    text: line === 0 ? `Secret number of page ${number}: ${number * 7}` : `Line ${line} of page ${number} has some words in it`,
    x: 20,
    y: 170 - line * 14,
    size: 10,
    ...more,
  })),
});

/** Its letters are drawn, and the file does not say which they are. */
const unsaid = (number: number): PdfPage => page(number, { font: 'no-unicode' });
/** Nothing of it is drawn. */
const hidden = (number: number): PdfPage => page(number, { renderMode: 3 });

async function write(name: string, pages: readonly PdfPage[], password?: string): Promise<void> {
  await writeFile(join(served.path, name), makePdf({ pages, ...(password !== undefined && { password }) }));
}

interface ReadAnswer {
  readonly document_text: string;
  readonly truncated: boolean;
  readonly next?: string;
  readonly page_count: number;
  readonly pages: readonly { readonly page: number; readonly source?: string; readonly chars: number; readonly error?: string }[];
}

test('an agent that follows the stated calls reads 300 pages up to page 287, every answer below its budget', async () => {
  await write(
    'long.pdf',
    Array.from({ length: 300 }, (_, index) => page(index + 1)),
  );
  const info = (await served.client.call('document_info', { source: 'long.pdf' })).structured;
  const { pages: described, ...rest } = info as { pages: readonly unknown[] };
  expect(described.length).toBeLessThanOrEqual(20); // fewer on a machine that has much else to do
  expect(rest).toMatchObject({ page_count: 300, not_listed: 300 - described.length, format: 'pdf' });
  const seen: number[] = [];
  let args: Record<string, unknown> = { source: 'long.pdf' };
  let found: string | undefined;
  let calls = 0;
  while (found === undefined) {
    const { structured, text, isError } = await served.client.call('read_document', args);
    expect(isError).toBe(false);
    const answer = structured as unknown as ReadAnswer;
    calls += 1;
    const marks = answer.pages.length * 22; // "[page 287 of 300]" and the empty line after each page
    expect(answer.document_text.length).toBeLessThanOrEqual(20_000 + marks);
    expect(text.length).toBeLessThan(40_000);
    seen.push(...answer.pages.map(({ page: number }) => number));
    found = /Secret number of page 287: (\d+)/.exec(answer.document_text)?.[1];
    if (found !== undefined) break;
    const next = /pages "([\d,-]+)"(?: and offset (\d+))?/.exec(answer.next ?? '');
    expect(next, 'the answer says how to go on').not.toBeNull();
    args = { source: 'long.pdf', pages: next?.[1], ...(next?.[2] !== undefined && { offset: Number(next[2]) }) };
  }
  expect(found).toBe(String(287 * 7));
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: Math.max(...seen) }, (_, index) => index + 1)));
  expect(calls).toBeLessThan(20);
  expect(engine.models.length).toBe(0); // healthy text layers need no model
}, 600_000); // on a machine that has much else to do

test('a page without a healthy layer is read by the model, once for all its slices', async () => {
  await write('mixed.pdf', [page(1), unsaid(2)]);
  const call = { source: 'mixed.pdf', pages: '2', max_chars: 250 };
  const first = (await served.client.call('read_document', call)).structured as unknown as ReadAnswer & { next_offset: number };
  expect(first.pages).toMatchObject([{ page: 2, source: 'model' }]);
  expect(first.next).toContain('pages "2" and offset 250');
  const rest = (await served.client.call('read_document', { ...call, offset: first.next_offset })).structured as unknown as ReadAnswer;
  const body = (answer: ReadAnswer): string => answer.document_text.replace('[page 2 of 2]\n', '');
  expect(body(first) + body(rest)).toBe('what the model read '.repeat(20).trim());
  expect([rest.truncated, engine.models[0]?.requests.length]).toEqual([false, 1]);
});

test("the mode and the pages are the client's choice", async () => {
  await write('mixed.pdf', [page(1), hidden(2), page(3)]);
  const model = (await served.client.call('read_document', { source: 'mixed.pdf', mode: 'model', pages: '-1,1' }))
    .structured as unknown as ReadAnswer;
  expect(model.pages.map(({ page: number, source }) => [number, source])).toEqual([
    [3, 'model'],
    [1, 'model'],
  ]);
  const text = await served.client.call('read_document', { source: 'mixed.pdf', mode: 'text' });
  expect(text.text).not.toContain('Secret number of page 2');
  expect(text.text).toContain('hidden from view');
  const beyond = await served.client.call('read_document', { source: 'mixed.pdf', pages: '4' });
  expect([beyond.isError, beyond.text]).toEqual([true, expect.stringContaining('there is no page 4')]);
});

test('pages that were read before the model had no place for the next one are not lost', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const busyEngine = fakeEngine({ text: 'what the model read', gate: () => gate });
  const busy = await startHttp(busyEngine, ['--root', served.path, '--queue', '0']);
  const agent = await connectClient('v2 2026-07-28', { url: busy.url });
  const others = [1, 2, 3, 4].map(() => agent.call('read_document', { source: 'receipt.png' })); // all that are answered at a time
  await waitUntil(() => busyEngine.models[0]?.running === 4);
  await write('mixed.pdf', [page(1), unsaid(2), page(3)]);
  const { structured, isError } = await agent.call('read_document', { source: 'mixed.pdf' });
  const answer = structured as unknown as ReadAnswer & { readonly warnings: readonly string[] };
  expect([isError, answer.truncated]).toEqual([false, true]);
  expect(answer.document_text).toContain('Secret number of page 1');
  expect(answer.warnings.join(' ')).toMatch(/Page 2 was not read\. QUEUE_FULL: .*the queue is full/);
  expect(answer.next).toContain('pages "2-3"');
  const refused = await agent.call('read_document', { source: 'mixed.pdf', pages: '2-3' });
  expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining('QUEUE_FULL')]);
  open();
  await Promise.all(others);
  const rest = (await agent.call('read_document', { source: 'mixed.pdf', pages: '2-3' })).structured as unknown as ReadAnswer;
  expect(rest.pages.map(({ source }) => source)).toEqual(['model', 'text']);
  await agent.close();
  await busy.stop();
});

test('ask_document and extract_json take one page, and want to know which', async () => {
  await write('two.pdf', [page(1), page(2)]);
  const unnamed = await served.client.call('ask_document', { source: 'two.pdf', question: 'What is it?' });
  expect([unnamed.isError, unnamed.text]).toEqual([true, expect.stringContaining('has 2 pages')]);
  expect((await served.client.call('ask_document', { source: 'two.pdf', question: 'What is it?', page: 2 })).isError).toBe(false);
  expect(engine.models[0]?.requests[0]?.images?.[0]).toMatchObject({ number: 2 });
  const beyond = await served.client.call('extract_json', { source: 'two.pdf', schema: { type: 'object' }, page: 3 });
  expect([beyond.isError, beyond.text]).toEqual([true, expect.stringContaining('no page 3')]);
});

test('a page that cannot be read is named in its place, and the others are read', async () => {
  const [plain, other] = [makeTiff({ row: [0, 255, 0, 255] }), makeTiff({ row: [0, 255, 0, 255], compression: 34712 })];
  await writeFile(join(served.path, 'fax.tif'), joinTiffs([plain, other, plain]));
  const { text, structured, isError } = await served.client.call('read_document', { source: 'fax.tif' });
  const { pages } = structured as unknown as ReadAnswer;
  expect([isError, pages.map(({ error }) => error === undefined)]).toEqual([false, [true, false, true]]);
  expect(pages[1]?.error).toMatch(/^IMAGE_UNSUPPORTED: .*JPEG 2000.* Save it with LZW or Deflate compression\.$/);
  expect(text).toMatch(/^Page 2: IMAGE_UNSUPPORTED: .* compression\.$/m);
  expect(text).toMatch(/^Page 3: \d+ characters, by the [a-z ]+ \([^)]+\)\.$/m);
});

test('an encrypted document says that it needs a password, and opens with it', async () => {
  await write('locked.pdf', [page(1)], 'open sesame');
  const without = await served.client.call('read_document', { source: 'locked.pdf' });
  expect([without.isError, without.text]).toEqual([true, expect.stringContaining('needs a password')]);
  const { structured } = await served.client.call('read_document', { source: 'locked.pdf', password: 'open sesame' });
  expect((structured as unknown as ReadAnswer).document_text).toContain('Secret number of page 1: 7');
});

test('document_info says which layers can be trusted', async () => {
  await write('mixed.pdf', [page(1), hidden(2)]);
  const { structured } = await served.client.call('document_info', { source: 'mixed.pdf' });
  expect(structured).toMatchObject({
    page_count: 2,
    pages: [
      { page: 1, text_layer: 'healthy', width: 722, height: 528 },
      { page: 2, text_layer: 'missing', reason: expect.stringContaining('hidden') },
    ],
  });
  expect((structured as { pages: object[] }).pages[0]).not.toHaveProperty('lines'); // only where one page is described, or on demand
});

test('document_info says how many lines are seen on a page, and which way up it is', async () => {
  await write('one.pdf', [
    {
      ...page(1),
      height: 60,
      items: page(1)
        .items.slice(0, 3)
        .map((item) => ({ ...item, y: item.y - 130 })),
    },
  ]);
  const { structured } = await served.client.call('document_info', { source: 'one.pdf' });
  expect(structured).toMatchObject({
    pages: [{ page: 1, lines: 3, rotation: 0, rotation_margin: expect.any(Number), smallest_line: expect.any(Number) }],
  });
}, 600_000);

test('document_info keeps what it knows of a page whose lines cannot be read', async () => {
  const whole = makeBlackPng(64, 32);
  await writeFile(join(served.path, 'cut.png'), whole.subarray(0, whole.length - 20));
  const { structured, text } = await served.client.call('document_info', { source: 'cut.png' });
  expect(structured).toMatchObject({ pages: [{ page: 1, width: 64, height: 32, text_layer: 'none', error: expect.any(String) }] });
  expect(text).toContain('Page 1: 64 x 32 pixels, text layer none. Its lines were not read: ');
});

test('a page is read without a model where its lines are asked for', async () => {
  await write('mixed.pdf', [page(1)]);
  const { structured, text } = await served.client.call('read_document', { source: 'mixed.pdf', mode: 'lines' });
  expect(text).toContain('by the line reader (the lines were asked for)');
  expect(structured).toMatchObject({
    pages: [{ page: 1, source: 'lines' }],
    document_text: expect.stringMatching(/Secret number of page 1: ?7/),
  });
});

test.each([
  [{ tiles: 4 }, 'tiles'],
  [{ rotate: 90 }, 'rotate'],
  [{ max_tokens: 100 }, 'max_tokens'],
])('%j is refused where no model is asked that could heed it', async (more, name) => {
  await write('mixed.pdf', [page(1)]);
  const { isError, text } = await served.client.call('read_document', { source: 'mixed.pdf', mode: 'lines', ...more });
  expect(isError).toBe(true);
  expect(text).toContain(`${name} is for the model`);
});

test.each([
  [[1], '1'],
  [[1, 2, 3, 7, 9, 10], '1-3,7,9-10'],
  [[5, 4, 3], '5,4,3'],
])('%j is written %s', (pages, range) => expect(writeRange(pages)).toBe(range));
