import { OutputInvalidError, VisionError } from '@h2ovl/contract';
import OpenAI from 'openai';
import { afterEach, expect, test } from 'vitest';
import { makePdf, type PdfPage } from '../../../dev/src/testing/pdf/make-pdf.ts';
import { type FakeModel, type FakeModelOptions, fakeEngine, fakeImage } from '../helpers/fake-model.ts';
import { type RunningServer, startHttp } from '../helpers/start-server.ts';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(options: FakeModelOptions = {}): Promise<{ client: OpenAI; models: readonly FakeModel[] }> {
  const engine = fakeEngine({ text: 'Read.', ...options });
  server = await startHttp(engine);
  return { models: engine.models, client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 }) };
}

const page = (text: string): PdfPage => ({ items: [{ type: 'text', text, x: 60, y: 760, size: 14 }] });
const pdf = makePdf({ pages: [page('One'), page('Two')] });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const filePart = (bytes: Uint8Array, filename = 'a.pdf') => ({
  type: 'file' as const,
  file: { filename, file_data: `data:application/pdf;base64,${base64(bytes)}` },
});
const imagePart = { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${base64(fakeImage(1))}` } };
const text = (content: string) => ({ type: 'text' as const, text: content });
const chat = (...content: OpenAI.ChatCompletionContentPart[]) => ({ model: 'fake', messages: [{ role: 'user' as const, content }] });

test('openai: all pages of a PDF stand where its part stands, and the model is asked though they carry text', async () => {
  const { client, models } = await start();
  const answer = await client.chat.completions.create(chat(text('Compare'), filePart(pdf), text('with'), imagePart));
  expect(answer.choices[0]?.message.content).toBe('Read.');
  const [message] = models[0]?.requests[0]?.messages ?? [];
  const parts = (message?.content ?? []) as readonly {
    readonly type: string;
    readonly text?: string;
    readonly image?: { name?: string };
  }[];
  expect(parts.map(({ type, text: words, image }) => words ?? image?.name ?? type)).toEqual([
    'Compare',
    'a.pdf, page 1',
    'a.pdf, page 2',
    'with',
    'image',
  ]);
  const { h2ovl } = answer as unknown as { h2ovl: { documents: unknown } };
  expect(h2ovl.documents).toMatchObject([{ name: 'a.pdf', format: 'pdf', page_count: 2, byte_count: pdf.length }]);
});

test('openai: a PDF in a stream, as bare base64, and in count_tokens', async () => {
  const { client } = await start();
  const bare = { type: 'file' as const, file: { file_data: base64(pdf) } };
  let last: OpenAI.ChatCompletionChunk | undefined;
  for await (const chunk of await client.chat.completions.create({ ...chat(bare), stream: true })) last = chunk;
  expect(last).toMatchObject({ choices: [{ finish_reason: 'stop' }], h2ovl: { documents: [{ name: 'document', page_count: 2 }] } });
  const counted = await client.post('/count_tokens', { body: chat(filePart(pdf), imagePart) });
  expect(counted).toMatchObject({ image_tokens: 3 * 256 });
});

test('openai: what is no PDF, has too many pages or needs a password is refused with the part at fault', async () => {
  const { client, models } = await start();
  const refuse = (...parts: OpenAI.ChatCompletionContentPart[]): Promise<unknown> =>
    client.chat.completions.create(chat(text('Read'), ...parts)).then(
      () => 'answered',
      (error: unknown) => error,
    );
  const data = 'messages[0].content[1].file.file_data';
  expect(await refuse(filePart(Buffer.from('PK words'), 'notes.docx'))).toMatchObject({
    status: 400,
    code: 'INVALID_ARGUMENT',
    param: data,
    error: { message: '"notes.docx" is no PDF; other files of a chat are not read.' },
  });
  expect(await refuse({ type: 'file', file: { file_id: 'file-1' } })).toMatchObject({
    status: 400,
    param: 'messages[0].content[1].file.file_id',
  });
  expect(await refuse({ type: 'file', file: {} })).toMatchObject({ status: 400, param: data });
  expect(await refuse({ type: 'file', file: { file_data: 'data:application/pdf;base64,%' } })).toMatchObject({ status: 400, param: data });
  expect(await refuse(filePart(Buffer.from('%PDF-1.4 broken')))).toMatchObject({ status: 400, code: 'DOCUMENT_UNREADABLE', param: data });
  const long = makePdf({ pages: Array.from({ length: 31 }, (_, index) => page(`${index}`)) });
  expect(await refuse(filePart(long), filePart(pdf))).toMatchObject({
    status: 413,
    code: 'DOCUMENT_TOO_LARGE',
    param: 'messages[0].content[2].file.file_data',
  });
  const locked = makePdf({ pages: [page('x')], password: 'p' });
  expect(await refuse(filePart(locked))).toMatchObject({ status: 400, code: 'DOCUMENT_ENCRYPTED', param: data });
  expect(models[0]?.requests ?? []).toEqual([]);
});

test('openai: a fault of a page names the part of the request, also behind the pages of a PDF', async () => {
  const named = async (param: string): Promise<unknown> => {
    const { client } = await start({ failure: Object.assign(new VisionError('IMAGE_TOO_LARGE', 'Too large.'), { param }) });
    const error = await client.chat.completions.create(chat(text('Read'), filePart(pdf), imagePart)).catch((caught: unknown) => caught);
    await server?.stop();
    return (error as { param: unknown }).param;
  };
  expect(await named('messages[0].content[2].image')).toBe('messages[0].content[1].file.file_data');
  expect(await named('messages[0].content[3].image')).toBe('messages[0].content[2].image_url.url');
});

test('openai: detail "low" is a warning, the others are what is done anyway', async () => {
  const { client } = await start();
  const warningsOf = async (detail: 'low' | 'high' | 'auto'): Promise<unknown> => {
    const answer = await client.chat.completions.create(chat({ ...imagePart, image_url: { ...imagePart.image_url, detail } }));
    return (answer as unknown as { h2ovl: { warnings?: unknown } }).h2ovl.warnings;
  };
  expect(await warningsOf('low')).toEqual([
    { type: 'unsupported', message: expect.stringMatching(/^Not followed: image_url.detail "low"/) },
  ]);
  expect([await warningsOf('high'), await warningsOf('auto')]).toEqual([undefined, undefined]);
});

test('openai: a schema that cannot be enforced: checked without strict, with a warning; refused with it; checked in silence when asked so', async () => {
  const { client, models } = await start({ text: '{"total":"90.34"}', isUnenforceable: true });
  const schema = { type: 'object', properties: { total: { type: 'string' } }, required: ['total'] };
  const ask = (strict?: boolean) =>
    client.chat.completions.create({
      ...chat(imagePart),
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema, ...(strict !== undefined && { strict }) } },
    });
  const open = await ask();
  expect(open.choices[0]?.message.content).toBe('{"total":"90.34"}');
  expect(open).toMatchObject({ h2ovl: { warnings: [{ type: 'compatibility', message: expect.stringContaining('cannot be enforced') }] } });
  await expect(ask(true)).rejects.toMatchObject({ status: 400, code: 'SCHEMA_UNSUPPORTED', param: 'response_format.json_schema.schema' });
  expect(await ask(false)).not.toHaveProperty('h2ovl.warnings');
  expect(models[0]?.requests.map(({ enforcement }) => enforcement)).toEqual([undefined, 'after', undefined, 'after']);
});

test('openai: an answer that was cut is a 422 with the value as far as it came, and values at a bound are named', async () => {
  const output = { text: '{"total":"9', issues: [], finishReason: 'length', partial: { total: '9' } };
  const { client } = await start({ failure: new OutputInvalidError('It was cut at 3 tokens.', output) });
  const response_format = { type: 'json_object' as const };
  const error = await client.chat.completions.create({ ...chat(imagePart), response_format }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    status: 422,
    code: 'OUTPUT_INVALID',
    error: { output: { finish_reason: 'length', partial: { total: '9' } } },
  });
  await server?.stop();

  const bound = await start({ text: '{"total":"9"}', truncated: ['total'] });
  expect(await bound.client.chat.completions.create({ ...chat(imagePart), response_format })).toMatchObject({
    h2ovl: { truncated: ['total'] },
  });
});
