import { request } from 'node:http';
import { OutputInvalidError, VisionError } from '@h2ovl/contract';
import { afterEach, expect, test } from 'vitest';
import { makePdf, type PdfPage } from '../../../dev/src/testing/pdf/make-pdf.ts';
import { type FakeModel, type FakeModelOptions, fakeEngine, fakeImage } from '../helpers/fake-model.ts';
import {
  answerOf,
  collectEvents,
  postForm as postAnyForm,
  postJson as postAnyJson,
  type RawEvent,
  readEvents,
} from '../helpers/read-events.ts';
import { type RunningServer, startHttp, waitUntil } from '../helpers/start-server.ts';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(options: FakeModelOptions = {}, args: readonly string[] = []): Promise<{ url: string; models: readonly FakeModel[] }> {
  const engine = fakeEngine(options);
  server = await startHttp(engine, args);
  return { url: `${server.url}/v1`, models: engine.models };
}

const page = (text: string, renderMode = 0): PdfPage => ({ items: [{ type: 'text', text, x: 60, y: 760, size: 14, renderMode }] });
/** The text of page 2 is invisible, so that a model has to read it. */
const mixed = makePdf({ pages: [page('The first page'), page('hidden', 3), page('The third page')] });
/** The pages here are not for looking at: what becomes of blank ones is no concern of these tests. */
const readsBlank = (url: string): boolean => /(?:read|extract)$/.test(url);
const postForm: typeof postAnyForm = (url, file, fields = {}, signal) =>
  postAnyForm(url, file, { ...(readsBlank(url) && { read_blank: 'true' }), ...fields }, signal);
const postJson: typeof postAnyJson = (url, body) =>
  postAnyJson(url, readsBlank(url) && typeof body === 'object' ? { read_blank: true, ...body } : body);
const types = (events: readonly RawEvent[]): unknown[] =>
  events.map((event) => (typeof event === 'string' ? event : 'type' in event ? event.type : event.error.code));

test('read: one answer as a form and as JSON, the same through base64 and a data: URL', async () => {
  const { url, models } = await start({ text: 'what the model read' });
  const response = await postForm(`${url}/read`, mixed, { pages: '1-2,-1', mode: 'auto', tiles: '1' });
  expect(response.status).toBe(200);
  const answer = await answerOf(response);
  expect(answer).toMatchObject({
    object: 'document.read',
    model: 'fake',
    document: { name: 'a.pdf', format: 'pdf', byte_count: mixed.length, page_count: 3 },
    pages: [
      { page: 1, text: 'The first page', source: 'text', reason: 'the text layer is healthy', warnings: [] },
      { page: 2, text: 'what the model read', source: 'model', work: { finish_reason: 'stop', usage: { output_tokens: 4 } } },
      { page: 3, text: 'The third page', source: 'text' },
    ],
    summary: { pages: 3, failed: 0, usage: { input_tokens: 300, output_tokens: 4 }, warnings: [] },
  });
  expect(models[0]?.requests.map(({ tiles, endBlankRuns }) => [tiles, endBlankRuns])).toEqual([[1, true]]);
  const data = mixed.toString('base64');
  for (const text of [data, `data:text/plain;base64,${data}`]) {
    const same = await answerOf(await postJson(`${url}/read`, { document: { data: text, name: '../x/a.pdf' }, tiles: 1, password: null }));
    expect(same.pages).toEqual(answer.pages); // the model's result is kept
    expect(same.document).toEqual({ ...answer.document, name: '../x/a.pdf' });
  }
}, 600_000); // the line reader looks at a page for the first time: a minute on a machine that has much else to do

test('ask and extract: the question and the schema reach the model, an image is a document of one page', async () => {
  const { url, models } = await start({ text: '{"total":"90.34"}' });
  const asked = await answerOf(await postForm(`${url}/ask`, mixed, { question: 'What is it?', pages: '2', max_output_tokens: '7' }));
  expect(asked).toMatchObject({ object: 'document.ask', pages: [{ page: 2, text: '{"total":"90.34"}' }] });
  expect(models[0]?.requests[0]).toMatchObject({ prompt: 'What is it?', maxOutputTokens: 7 });
  for (const how of [{ fields: 'total' }, { schema: '{"total":"string"}' }, { preset: 'receipt' }]) {
    const taken = await answerOf(
      await postForm(`${url}/extract`, mixed, { ...how, pages: '1', enforcement: 'after', instruction: 'As JSON' }),
    );
    if (!('preset' in how)) expect(taken).toMatchObject({ object: 'document.extract', pages: [{ page: 1, object: { total: '90.34' } }] });
    expect(models[0]?.requests.at(-1)).toMatchObject({ prompt: 'As JSON', enforcement: 'after', schema: { type: 'object' } });
  }
});

test('an option by the name it once had is refused with its name of today', async () => {
  const { url } = await start({});
  const refused = await postForm(`${url}/read`, mixed, { max_tiles: '1' });
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param: 'max_tiles', hint: 'It is called tiles now.' } }]);
});

test('a stream brings each page when it is done: the second is not begun before the first was seen', async () => {
  let see = (): void => {};
  const seen = new Promise<void>((resolve) => {
    see = resolve;
  });
  const engine = fakeEngine({ text: 'second' });
  const load: typeof engine.load = (config) => async (options) => {
    await seen; // the model opens for page 2, once page 1 has arrived here
    return engine.load(config)(options);
  };
  server = await startHttp({ ...engine, load });
  const response = await postForm(`${server.url}/v1/read`, mixed, { stream: 'true', stream_options: '{"include_text":true}' });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events: RawEvent[] = [];
  for await (const event of readEvents(response)) {
    events.push(event);
    if (typeof event !== 'string' && 'type' in event && event.type === 'page' && event.page === 1) see();
  }
  expect(types(events)).toEqual(['document', 'page', 'text', 'page', 'page', 'done', '[DONE]']);
  expect(events[0]).toMatchObject({ pages: [1, 2, 3], document: { page_count: 3 } });
  expect(events[2]).toEqual({ type: 'text', page: 2, delta: 'second' });
});

test('a stream with progress says where it stands', async () => {
  const { url, models } = await start({ tokens: 3 });
  const response = await postForm(`${url}/read`, mixed, { mode: 'model', stream: 'true', stream_options: '{"include_progress":true}' });
  const events = await collectEvents(response);
  expect(types(events).filter((type) => type !== 'progress')).toEqual(['document', 'page', 'page', 'page', 'done', '[DONE]']);
  expect(events).toContainEqual({ type: 'progress', page: 2, done: 1, total: 3 });
  expect(events).toContainEqual({ type: 'progress', page: 3, done: 2, total: 3, work: { phase: 'encode-image', done: 2, total: 3 } });
  expect(models[0]?.requests).toHaveLength(3);
});

test('what ends the whole in the middle is the last event of a stream, without its mark of the end, and else the status', async () => {
  const failure = new VisionError('RUNTIME_UNAVAILABLE', 'No runtime.', { hint: 'Install it.' });
  const { url } = await start({ failure });
  const events = await collectEvents(await postForm(`${url}/read`, mixed, { stream: 'true' }));
  expect(types(events)).toEqual(['document', 'page', 'RUNTIME_UNAVAILABLE']);
  const response = await postForm(`${url}/read`, mixed);
  expect([response.status, (await answerOf(response)).error]).toMatchObject([503, { code: 'RUNTIME_UNAVAILABLE', hint: 'Install it.' }]);
});

const encrypted = makePdf({ pages: [page('secret')], password: 'canary-right' });
type Refused = readonly [
  what: string,
  route: string,
  file: Uint8Array | undefined,
  fields: Readonly<Record<string, string>>,
  status: number,
  code: string,
  param: string | undefined,
];
const refusedOptions: readonly Refused[] = [
  ['a mode that is none', 'read', mixed, { mode: 'best' }, 400, 'INVALID_ARGUMENT', 'mode'],
  ['an option that is none', 'read', mixed, { modes: 'auto' }, 400, 'INVALID_ARGUMENT', 'modes'],
  ["another operation's option", 'ask', mixed, { question: 'x', mode: 'text' }, 400, 'INVALID_ARGUMENT', 'mode'],
  ['no number', 'read', mixed, { dpi: 'high' }, 400, 'INVALID_ARGUMENT', 'dpi'],
  ['a limit above the server’s', 'read', mixed, { max_pages: '10001' }, 400, 'INVALID_ARGUMENT', 'max_pages'],
  ['no question', 'ask', mixed, {}, 400, 'INVALID_ARGUMENT', 'question'],
  ['nothing to extract', 'extract', mixed, {}, 400, 'INVALID_ARGUMENT', 'schema'],
  ['two ways to extract', 'extract', mixed, { preset: 'receipt', fields: 'a' }, 400, 'INVALID_ARGUMENT', 'fields'],
  ['a field type that is none', 'extract', mixed, { fields: 'a:text' }, 400, 'INVALID_ARGUMENT', 'fields'],
  ['a preset that is none', 'extract', mixed, { preset: 'cheque' }, 400, 'INVALID_ARGUMENT', 'preset'],
  ['another model', 'read', mixed, { model: 'gpt' }, 404, 'MODEL_NOT_FOUND', 'model'],
  ['no document', 'read', undefined, {}, 400, 'INVALID_ARGUMENT', 'document'],
];
const refusedDocuments: readonly Refused[] = [
  ['an empty document', 'read', new Uint8Array(), {}, 400, 'IMAGE_UNREADABLE', 'document'],
  ['a text', 'read', Buffer.from('plain words'), {}, 400, 'IMAGE_UNREADABLE', 'document'],
  ['a range that is none', 'read', mixed, { pages: 'all' }, 400, 'INVALID_ARGUMENT', 'pages'],
  ['a page that is not there', 'read', mixed, { pages: '2,9' }, 400, 'PAGE_NOT_FOUND', 'pages'],
  ['too many pages', 'read', mixed, { max_pages: '2' }, 413, 'DOCUMENT_TOO_LARGE', 'document'],
  ['too many bytes', 'read', mixed, { max_bytes: '100' }, 413, 'IMAGE_TOO_LARGE', 'document'],
  ['a broken PDF', 'read', Buffer.from('%PDF-1.7\nnothing more'), {}, 400, 'DOCUMENT_UNREADABLE', 'document'],
  ['no password', 'read', encrypted, {}, 400, 'DOCUMENT_ENCRYPTED', 'password'],
  ['a wrong password', 'read', encrypted, { password: 'canary-wrong' }, 400, 'DOCUMENT_ENCRYPTED', 'password'],
];

test.each([
  ['options', refusedOptions],
  ['documents', refusedDocuments],
])('which %s are refused: by status, code and param, whether streamed or not', async (_, rows) => {
  const { url } = await start();
  for (const [what, route, file, fields, status, code, param] of rows) {
    for (const stream of [false, true]) {
      const response = await postForm(`${url}/${route}`, file, { ...fields, ...(stream && { stream: 'true' }) });
      const text = await response.text();
      expect([what, stream, response.status, text]).toEqual([what, stream, status, expect.stringContaining(`"code":"${code}"`)]);
      const { error } = JSON.parse(text) as { error: { param: string | null; message: string; hint?: string } };
      expect([what, error.param], text).toEqual([what, param ?? null]);
      expect(`${error.message} ${error.hint}`, what).not.toMatch(/max[A-Z]|canary|imageLimits/);
    }
  }
});

test('a password opens a PDF, and is not in the log, nor is a wrong one', async () => {
  const { url } = await start({}, ['--log-level', 'debug']);
  const refused = await postForm(`${url}/read`, encrypted, { password: 'canary-wrong' });
  expect(await refused.text()).not.toContain('canary');
  const opened = await answerOf(await postForm(`${url}/read`, encrypted, { password: 'canary-right' }));
  expect(opened.pages[0]?.text).toBe('secret');
  expect(JSON.stringify(opened) + server?.log()).not.toContain('canary');
});

test('what is refused of a body: its kind, its parts, its JSON', async () => {
  const { url } = await start();
  const send = async (type: string, body: string): Promise<unknown> => {
    const response = await fetch(`${url}/read`, { method: 'POST', headers: { 'content-type': type }, body });
    const { error } = (await response.json()) as { error: { code: string; param: string | null } };
    return [response.status, error.code, error.param];
  };
  const form = 'multipart/form-data; boundary=x';
  const part = (head: string, body: string): string => `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
  const file = part('name="document"; filename="a.pdf"', 'x');
  expect(await send('text/plain', 'x')).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE', null]);
  expect(await send('multipart/form-data', `${file}--x--`)).toEqual([400, 'INVALID_ARGUMENT', null]);
  expect(await send(form, file)).toEqual([400, 'INVALID_ARGUMENT', null]); // without its end
  expect(await send(form, 'no parts at all')).toEqual([400, 'INVALID_ARGUMENT', null]);
  expect(await send(form, `${part('name="document"', 'words')}--x--`)).toEqual([400, 'INVALID_ARGUMENT', 'document']);
  expect(await send(form, `${file}${file}--x--`)).toEqual([400, 'INVALID_ARGUMENT', 'document']);
  expect(await send(form, `${part('name="attachment"; filename="b"', 'x')}--x--`)).toEqual([400, 'INVALID_ARGUMENT', 'attachment']);
  expect(await send(form, `${part('name="dpi"', '1')}${part('name="dpi"', '2')}${file}--x--`)).toEqual([400, 'INVALID_ARGUMENT', 'dpi']);
  const many = Array.from({ length: 70 }, (_, index) => part(`name="o${index}"`, '1')).join('');
  expect(await send(form, `${many}${file}--x--`)).toEqual([400, 'INVALID_ARGUMENT', null]);
  expect(await send('application/json', '{"document"')).toEqual([400, 'INVALID_ARGUMENT', null]);
  expect(await send('application/json', '[]')).toEqual([400, 'INVALID_ARGUMENT', null]);
  expect(await send('application/json', '{"document":"AAAA"}')).toEqual([400, 'INVALID_ARGUMENT', 'document.data']);
  expect(await send('application/json', '{"document":{"data":"a b%"}}')).toEqual([400, 'INVALID_ARGUMENT', 'document.data']);
  expect(await send('application/json', '{"mode":"text"}')).toEqual([400, 'INVALID_ARGUMENT', 'document']);
  expect((await fetch(`${url}/read`)).status).toBe(405);
});

test('a body that says that it is too large is refused before it is sent', async () => {
  const { url } = await start();
  const refuse = (type: string, length: number): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}/read`, { method: 'POST', headers: { 'content-type': type, 'content-length': length } });
      sent.on('response', ({ statusCode }) => {
        resolve(statusCode);
        sent.destroy();
      });
      sent.on('error', reject);
      sent.flushHeaders();
    });
  expect(await refuse('multipart/form-data; boundary=x', 204_000_001)).toBe(413);
  expect(await refuse('application/json', 64 * 1024 * 1024 + 1)).toBe(413);
});

test('a client that goes away stops the work, between two pages and within one', async () => {
  const { url, models } = await start({ tokens: 100_000, tokenMs: 2 });
  const abort = new AbortController();
  const response = await postForm(`${url}/read`, mixed, { stream: 'true' }, abort.signal);
  const events = readEvents(response);
  await events.next();
  await events.next();
  await waitUntil(() => models[0]?.running === 1, 120_000);
  abort.abort();
  await waitUntil(() => models[0]?.running === 0);
  const health = async (): Promise<unknown> => ((await (await fetch(`${server?.url}/health`)).json()) as { queue: unknown }).queue;
  for (let at = 0; at < 200 && ((await health()) as { running: number }).running > 0; at += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await health()).toMatchObject({ running: 0, waiting: 0 });
  expect(models[0]?.requests).toHaveLength(1);
});

test('a full queue is a 429 with Retry-After before anything is opened', async () => {
  const { url, models } = await start({ tokens: 100_000, tokenMs: 2 }, ['--queue', '0']);
  const abort = new AbortController();
  const busy = Array.from({ length: 4 }, () => postForm(`${url}/read`, fakeImage(0), {}, abort.signal).catch(() => undefined));
  await waitUntil(() => (models[0]?.running ?? 0) + busy.length >= 4, 120_000);
  for (let at = 0; at < 500; at += 1) {
    const { queue } = (await (await fetch(`${server?.url}/health`)).json()) as { queue: { running: number } };
    if (queue.running === 4) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const response = await postForm(`${url}/read`, Buffer.from('not even a document'));
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  abort.abort();
  await Promise.all(busy);
});

test('a page that does not fit its schema keeps what came of it; the other pages go on', async () => {
  const output = { text: '{"total":', issues: [{ path: ['total'], message: 'is missing' }], finishReason: 'length', partial: { a: 1 } };
  const { url } = await start({ failure: new OutputInvalidError('It was cut.', output, { hint: 'Raise maxOutputTokens.' }) });
  const { pages, summary } = await answerOf(await postForm(`${url}/extract`, mixed, { fields: 'total', pages: '1,2' }));
  expect(summary).toMatchObject({ pages: 2, failed: 2 });
  expect(pages[0]).toEqual({
    page: 1,
    size: { width: expect.any(Number), height: expect.any(Number) },
    text: '',
    verdict: { kind: 'truncated', reasons: ['It was cut.'], attempts: [] },
    warnings: [],
    error: {
      message: 'It was cut.',
      type: 'invalid_request_error',
      param: null,
      code: 'OUTPUT_INVALID',
      hint: 'Raise max_output_tokens.',
      output: { text: '{"total":', issues: [{ path: ['total'], message: 'is missing' }], finish_reason: 'length', partial: { a: 1 } },
    },
  });
});
