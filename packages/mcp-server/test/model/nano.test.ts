import { readFileSync } from 'node:fs';
import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PageReading } from '@h2ovl/contract';
import { readDocumentAnswer } from '@h2ovl/contract/wire';
import { loadModel, readDocument } from '@h2ovl/core';
import { VisionClient } from '@h2ovl/sdk';
import { toLanguageModel } from '@h2ovl/sdk/ai-sdk';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { extractablePages, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { makePdf, type PdfPage } from '../../../dev/src/testing/pdf/make-pdf.ts';
import { coreEngine } from '../../src/engine.ts';
import { makeWhitePng } from '../helpers/make-white-png.ts';
import { clientKinds, connectClient } from '../helpers/mcp-clients.ts';
import { postForm } from '../helpers/read-events.ts';
import { type RunningServer, startHttp } from '../helpers/start-server.ts';

const [{ path: receipt, answer: text }] = readablePages;
const png = readFileSync(receipt);

// A page that was read before is not encoded again, so each client gets one of its own to see tiles on.
const freshPages = readablePages.slice(1, 1 + clientKinds.length);

let folder = '';
let server: RunningServer;
let openai: OpenAI;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-nano-')));
  await cp(receipt, join(folder, 'receipt.png'));
  for (const [at, page] of freshPages.entries()) await cp(page.path, join(folder, `fresh-${at}.png`));
  for (const page of extractablePages) await cp(page.path, join(folder, page.file));
  await writeFile(join(folder, 'words.png'), 'this is text');
  server = await startHttp(coreEngine, ['--model', 'nano', '--root', folder]);
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const question = { type: 'text' as const, text: 'Read the text in the image.' };
const imagePart = (bytes: Uint8Array) => ({
  type: 'image_url' as const,
  image_url: { url: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}` },
});
const readReceipt = { model: 'nano', messages: [{ role: 'user' as const, content: [imagePart(png), question] }] };

async function queue(): Promise<{ running: number; waiting: number }> {
  return ((await (await fetch(`${server.url}/health`)).json()) as { queue: { running: number; waiting: number } }).queue;
}

/** Waits until nothing runs or waits; what the server logged since `from`. */
async function logUntilIdle(from: number): Promise<string> {
  for (let state = await queue(); state.running + state.waiting > 0; state = await queue());
  return server.log().slice(from);
}

test('openai reads the words of the receipt, whole and as a stream', async () => {
  const answer = await openai.chat.completions.create(readReceipt);
  expect(answer.choices[0]).toMatchObject({ message: { content: text }, finish_reason: 'stop' });
  expect(answer.usage?.completion_tokens).toBeGreaterThan(10);
  let streamed = '';
  for await (const chunk of await openai.chat.completions.create({ ...readReceipt, stream: true }))
    streamed += chunk.choices[0]?.delta.content ?? '';
  expect(streamed).toBe(text);
});

describe.each(clientKinds)('MCP client %s', (kind) => {
  test('reads the words of the receipt and leaves an answer that is cancelled', async () => {
    const client = await connectClient(kind, { url: server.url });
    const read = await client.call('read_document', { source: 'receipt.png' });
    expect(read.structured).toMatchObject({ document_text: text, model: 'nano', finish_reason: 'stop' });
    expect(read.text).toContain(text);
    const messages: string[] = [];
    const source = `fresh-${clientKinds.indexOf(kind)}.png`;
    await client.call('read_document', { source }, { onProgress: ({ message }) => messages.push(message ?? '') });
    expect(messages.join('\n')).toMatch(/tile 1 of \d+\n(.*\n)*1 token/);
    const abort = new AbortController();
    // With a limit of its own: the reading of before is kept, and would be there at once.
    const call = client.call(
      'read_document',
      { source: 'receipt.png', max_tokens: 1000 + clientKinds.indexOf(kind) },
      { signal: abort.signal },
    );
    while ((await queue()).running === 0);
    const from = server.log().length;
    abort.abort();
    await expect(call).rejects.toThrow();
    expect(await logUntilIdle(from)).not.toContain('"event":"answer"');
    await client.close();
  });
});

test('a dropped HTTP stream ends its answer', async () => {
  const from = server.log().length;
  for await (const _ of await openai.chat.completions.create({ ...readReceipt, stream: true, stream_options: { include_usage: true } }))
    break;
  expect(await logUntilIdle(from)).not.toContain('"event":"answer"');
});

test('VisionClient and the AI SDK read the same words', async () => {
  const model = new VisionClient({ baseURL: server.url }).model('nano');
  expect((await model.generate({ prompt: question.text, images: [png] })).text).toBe(text);
  const messages = [{ role: 'user' as const, content: [{ type: 'image' as const, image: png, mediaType: 'image/png' }, question] }];
  expect((await generateText({ model: toLanguageModel(model), messages })).text).toBe(text);
  let streamed = '';
  for await (const delta of streamText({ model: toLanguageModel(model), messages }).textStream) streamed += delta;
  expect(streamed).toBe(text);
});

test.each(extractablePages)('extract_json and response_format answer with what stands on $file, as JSON that fits', async (page) => {
  const client = await connectClient('v2 2026-07-28', { url: server.url });
  const { isError, structured } = await client.call('extract_json', { source: page.file, schema: page.schema });
  expect([isError, structured]).toMatchObject([false, { valid: true, data: page.value, problems: [], model: 'nano' }]);
  await client.close();
  const { choices } = await openai.chat.completions.create({
    model: 'nano',
    messages: [{ role: 'user', content: [imagePart(readFileSync(page.path)), { type: 'text', text: page.instruction }] }],
    response_format: { type: 'json_schema', json_schema: { name: 'page', schema: { ...page.schema } } },
  });
  expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual(page.value);
});

test('extract_json and response_format write what the schema asks for, say what was cut, and which schema cannot be used', async () => {
  const client = await connectClient('v2 2026-07-28', { url: server.url });
  const schema = {
    type: 'object' as const,
    properties: { 'no such thing': { type: 'integer', minimum: 3, maximum: 4 } },
    required: ['no such thing'],
  };
  const odd = await client.call('extract_json', { source: 'receipt.png', schema });
  expect([odd.isError, odd.structured.valid]).toEqual([false, true]);
  expect([3, 4]).toContain((odd.structured.data as Record<string, unknown>)['no such thing']);
  const cut = await client.call('extract_json', { source: 'receipt.png', schema, max_tokens: 2 });
  expect([cut.isError, cut.structured.valid]).toEqual([false, false]);
  expect((cut.structured.problems as unknown[]).length).toBeGreaterThan(0);
  const unusable = await client.call('extract_json', {
    source: 'receipt.png',
    schema: { type: 'object', properties: { a: { $ref: 'https://example.com/x' } } },
  });
  expect([unusable.isError, unusable.text]).toEqual([true, expect.stringContaining('SCHEMA_UNSUPPORTED')]);
  const unenforced = await client.call('extract_json', { source: 'receipt.png', schema: { type: 'object', not: { required: ['a'] } } });
  expect([unenforced.isError, unenforced.text]).toEqual([true, expect.stringMatching(/^SCHEMA_UNSUPPORTED: .*"not"/s)]);
  await client.close();
  const ask = (format: Record<string, unknown>, max_tokens: number, strict = false): Promise<unknown> =>
    openai.chat.completions.create({
      ...readReceipt,
      max_tokens,
      response_format: { type: 'json_schema' as const, json_schema: { name: 'r', schema: format, strict } },
    });
  await expect(ask(schema, 2)).rejects.toMatchObject({ status: 422, code: 'OUTPUT_INVALID' });
  await expect(ask({ type: 'object', not: {} }, 50, true)).rejects.toMatchObject({ status: 400, code: 'SCHEMA_UNSUPPORTED' });
});

test('images that cannot be read are coded errors of both doors, a 30,000 x 30,000 bomb included', async () => {
  const bomb = makeWhitePng(30_000);
  expect(bomb.length).toBeLessThan(200_000);
  const send = (bytes: Uint8Array): Promise<unknown> =>
    openai.chat.completions.create({ model: 'nano', messages: [{ role: 'user', content: [imagePart(bytes), question] }] });
  await expect(send(bomb)).rejects.toMatchObject({ status: 413, code: 'IMAGE_TOO_LARGE' });
  await expect(send(Buffer.from('this is text'))).rejects.toMatchObject({ status: 400 });
  const client = await connectClient('v2 2026-07-28', { url: server.url });
  const words = await client.call('read_document', { source: 'words.png' });
  expect([words.isError, words.text]).toEqual([true, expect.stringMatching(/^IMAGE_UNREADABLE: |^IMAGE_UNSUPPORTED: /)]);
  await client.close();
});

test('30 at once: each is right or refused, and the memory stays bounded', async () => {
  const calls = Array.from({ length: 30 }, () =>
    openai.chat.completions.create(readReceipt).then(
      (answer) => (answer.choices[0]?.message.content === text ? 'right' : `wrong: ${answer.choices[0]?.message.content}`),
      (error: unknown) => (error instanceof OpenAI.RateLimitError ? 'refused' : String(error)),
    ),
  );
  const outcomes = await Promise.all(calls);
  expect(new Set(outcomes)).toEqual(new Set(['right', 'refused']));
  expect(outcomes.filter((outcome) => outcome === 'right').length).toBeGreaterThanOrEqual(20); // 4 running and 16 waiting
  expect(process.memoryUsage().rss).toBeLessThan(2.5e9);
}, 600_000);

test('a small PDF over HTTP is what readDocument makes of it in this process, page by page', async () => {
  const words = (content: string, font: 'helvetica' | 'no-unicode'): PdfPage => ({
    items: [{ type: 'text', text: content, x: 60, y: 760, size: 24, font }],
  });
  // What the letters of the first page mean, only the model can say.
  const pdf = makePdf({ pages: [words('Invoice 4711', 'no-unicode'), words('A page that carries text', 'helvetica')] });
  await using model = await loadModel('nano');
  const readings: PageReading[] = [];
  for await (const reading of readDocument(pdf, { name: 'a.pdf', model })) readings.push(reading);
  const answer = readDocumentAnswer(await (await postForm(`${server.url}/v1/read`, pdf)).json());
  const withoutTimes = ({ work, ...rest }: PageReading): unknown => ({ ...rest, work: work && { ...work, timings: undefined } });
  expect(answer?.pages.map((page) => withoutTimes({ ...page, document: answer.document }))).toEqual(readings.map(withoutTimes));
  expect(readings.map(({ source }) => source)).toEqual(['model', 'text']);
  expect(readings[0]?.text).not.toBe('');
});
