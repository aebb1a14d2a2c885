import { VisionError } from '@h2ovl/contract';
import OpenAI from 'openai';
import { afterEach, expect, test } from 'vitest';
import { type FakeModelOptions, fakeEngine, fakeImage, fakePages } from '../helpers/fake-model.ts';
import { type RunningServer, startHttp, waitUntil } from '../helpers/start-server.ts';

let server: RunningServer;
afterEach(() => server.stop());

async function start(
  options: FakeModelOptions = {},
  args: readonly string[] = [],
): Promise<{ client: OpenAI; engine: ReturnType<typeof fakeEngine> }> {
  const engine = fakeEngine(options);
  server = await startHttp(engine, args);
  return { engine, client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 }) };
}

const dataUrl = (page: number): string => `data:image/png;base64,${Buffer.from(fakeImage(page)).toString('base64')}`;
const imagePart = (page: number) => ({ type: 'image_url' as const, image_url: { url: dataUrl(page) } });
const readPage = {
  model: 'fake',
  messages: [{ role: 'user' as const, content: [imagePart(0), { type: 'text' as const, text: 'Read it.' }] }],
};

test('openai: one answer with usage, and every option reaches the model', async () => {
  const { client, engine } = await start();
  const { data, response } = await client.chat.completions
    .create({ ...readPage, max_completion_tokens: 50, max_tokens: 7, temperature: 0, top_p: 0.9, seed: 7, stop: 'END' })
    .withResponse();
  expect(data.choices[0]).toMatchObject({ message: { role: 'assistant', content: fakePages[0] }, finish_reason: 'stop' });
  expect(data.usage).toMatchObject({ prompt_tokens: 300, completion_tokens: 6, total_tokens: 306 });
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/);
  expect(engine.models[0]?.requests[0]).toMatchObject({ maxOutputTokens: 50, temperature: 0, topP: 0.9, seed: 7, stopSequences: ['END'] });
});

test('openai: several images and turns keep their order', async () => {
  const { client, engine } = await start();
  const answer = await client.chat.completions.create({
    model: 'fake',
    messages: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [imagePart(0), { type: 'text', text: 'and' }, imagePart(1)] },
      { role: 'assistant', content: [{ type: 'text', text: 'Both read.' }] },
      { role: 'user', content: 'Again.' },
    ],
  });
  expect(answer.choices[0]?.message.content).toBe(`${fakePages[0]}\n${fakePages[1]}`);
  const messages = engine.models[0]?.requests[0]?.messages ?? [];
  expect(messages.map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'user']);
  expect(messages[1]?.content).toMatchObject([
    { type: 'image', image: Buffer.from(fakeImage(0)) },
    { type: 'text', text: 'and' },
    { type: 'image' },
  ]);
});

test('openai: messages reach the model as they were sent', async () => {
  const { client, engine } = await start();
  await client.chat.completions.create({
    model: 'fake',
    messages: [
      { role: 'assistant', content: 'Welcome.' },
      {
        role: 'system',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'Look at <image>.' }, imagePart(0)] },
      { role: 'user', content: 'Well?' },
      { role: 'assistant', content: null },
      { role: 'user', content: 'Again.' },
    ],
  });
  expect(engine.models[0]?.requests[0]?.messages).toEqual([
    { role: 'assistant', content: 'Welcome.' },
    {
      role: 'system',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look at <image>.' },
        { type: 'image', image: Buffer.from(fakeImage(0)) },
      ],
    },
    { role: 'user', content: 'Well?' },
    { role: 'assistant', content: null },
    { role: 'user', content: 'Again.' },
  ]);
});

test('openai: a stream has a role chunk first, the text in pieces, a reason and usage last', async () => {
  const { client } = await start();
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of await client.chat.completions.create({ ...readPage, stream: true, stream_options: { include_usage: true } }))
    chunks.push(chunk);
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(fakePages[0]);
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  expect(chunks.at(-2)).toMatchObject({ h2ovl: { content_chars: fakePages[0]?.length } }); // what a client checks its text against
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 6 } });
});

test('openai: leaving the loop, and aborting, stop the work before its end', async () => {
  const { client, engine } = await start({ tokens: 100_000, tokenMs: 20 }); // some 20 s to the limit of tokens
  for await (const chunk of await client.chat.completions.create({ ...readPage, stream: true })) {
    if (chunk.choices[0]?.delta.content) break;
  }
  await waitUntil(() => engine.models[0]?.running === 0);

  const abort = new AbortController();
  const call = client.chat.completions.create(readPage, { signal: abort.signal });
  await waitUntil(() => engine.models[0]?.running === 1);
  abort.abort();
  await expect(call).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
  await waitUntil(() => engine.models[0]?.running === 0);
  expect(engine.models[0]).toMatchObject({ requests: { length: 2 }, finished: 0 });
  const health = (await (await fetch(`${server.url}/health`)).json()) as unknown;
  expect(health).toEqual({ status: 'ready', model: 'fake', queue: { running: 0, waiting: 0, limit: 16 } });
});

test('openai: failures arrive as its error classes with code and param', async () => {
  const { client } = await start();
  const error = await client.chat.completions.create({ ...readPage, model: 'gpt-4o' }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(error).toMatchObject({ status: 404, code: 'MODEL_NOT_FOUND', param: 'model', type: 'not_found_error' });
  await expect(client.chat.completions.create({ ...readPage, temperature: 9 })).rejects.toMatchObject({
    status: 400,
    param: 'temperature',
  });
});

test('openai: a schema gives bare JSON, in a stream as it grows, or checked and in one piece; what does not fit is a 422 with the text', async () => {
  const schema = { type: 'object', properties: { total: { type: 'string' } }, required: ['total'] };
  const response_format = { type: 'json_schema' as const, json_schema: { name: 'receipt', schema } };
  const { client } = await start({ text: '{ "total":   "90.34" }' });
  const answer = await client.chat.completions.create({ ...readPage, response_format });
  expect(answer.choices[0]?.message.content).toBe('{"total":"90.34"}');
  const collect = async (format: typeof response_format | { readonly type: 'json_object' }): Promise<string[]> => {
    const pieces: string[] = [];
    for await (const chunk of await client.chat.completions.create({ ...readPage, response_format: format, stream: true })) {
      const piece = chunk.choices[0]?.delta.content ?? '';
      if (piece !== '') pieces.push(piece);
    }
    return pieces;
  };
  const growing = await collect({ type: 'json_object' });
  expect(growing.length).toBeGreaterThan(1);
  expect(growing.join('')).toBe('{ "total":   "90.34" }');
  const lenient = { type: 'json_schema' as const, json_schema: { ...response_format.json_schema, strict: false } };
  expect(await collect(lenient)).toEqual(['{"total":"90.34"}']);
  await server.stop();

  const bad = await start({ text: '{"sum":1}' });
  const error = await bad.client.chat.completions.create({ ...readPage, response_format }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    status: 422,
    code: 'OUTPUT_INVALID',
    error: { output: { text: '{"sum":1}', issues: [{ path: ['total'] }] } },
  });
  const stream = await bad.client.chat.completions.create({ ...readPage, response_format, stream: true });
  await expect(
    (async () => {
      for await (const _ of stream);
    })(),
  ).rejects.toMatchObject({ code: 'OUTPUT_INVALID' });
});

test.each([
  ['IMAGE_TOO_LARGE', 413],
  ['IMAGE_UNREADABLE', 400],
  ['CONTEXT_OVERFLOW', 400],
  ['MODEL_FILE_CORRUPT', 500],
  ['RUNTIME_UNAVAILABLE', 503],
] as const)('a %s of the model is a %i', async (code, status) => {
  const { client } = await start({ failure: new VisionError(code, 'What went wrong.', { hint: 'The next move.' }) });
  const error = await client.chat.completions.create(readPage).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ status, code, error: { message: 'What went wrong.', hint: 'The next move.' } });
});

test('an unexpected failure tells the client nothing of its text, and the log only where it was', async () => {
  const { client } = await start({ failure: new TypeError('canary-7313 is in the document') });
  const error = (await client.chat.completions.create(readPage).catch((caught: unknown) => caught)) as { status: number; message: string };
  expect(error.status).toBe(500);
  expect(error.message + server.log()).not.toContain('canary-7313');
  expect(server.log()).toContain('"event":"request-failed"');
});

test('30 at once on a queue of 4: each is answered rightly or refused with 429 and Retry-After, none hangs', async () => {
  const { engine } = await start({ tokenMs: 5 }, ['--queue', '4']);
  const body = (page: number): string => JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: [imagePart(page)] }] });
  const headers = { 'content-type': 'application/json' };
  const calls = Array.from({ length: 30 }, (_, index) =>
    fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers, body: body(index % 2) }),
  );
  const answers = await Promise.all(
    calls.map(async (call, index) => {
      const response = await call;
      const json = (await response.json()) as { choices?: [{ message: { content: string } }]; error?: { code: string } };
      if (response.status === 200) return json.choices?.[0].message.content === fakePages[index % 2] ? 'right' : 'wrong';
      return response.status === 429 && json.error?.code === 'QUEUE_FULL' && Number(response.headers.get('retry-after')) > 0
        ? 'refused'
        : 'other';
    }),
  );
  expect(new Set(answers)).toEqual(new Set(['right', 'refused']));
  expect(answers.filter((answer) => answer === 'right').length).toBeGreaterThanOrEqual(8);
  expect(engine.models[0]?.mostRunning).toBeLessThanOrEqual(4);
});

test('no text of documents, questions or answers is in the log', async () => {
  const { client } = await start({ text: 'canary-answer' }, ['--log-level', 'debug']);
  await client.chat.completions.create({
    model: 'fake',
    messages: [{ role: 'user', content: [imagePart(0), { type: 'text', text: 'canary-question' }] }],
  });
  await fetch(`${server.url}/canary-path`);
  await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"canary-body"',
  });
  expect(server.log()).toContain('"event":"answer"');
  expect(server.log()).not.toContain('canary');
  for (const line of server.log().trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), event: expect.any(String) });
});
