import { BusyError, NotFoundError, UnprocessableError, VisionClient } from '@h2ovl/sdk';
import { toLanguageModel } from '@h2ovl/sdk/ai-sdk';
import { generateText, streamText } from 'ai';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { type FakeModelOptions, fakeEngine, fakeImage, fakePages } from '../helpers/fake-model.ts';
import { type RunningServer, startHttp, waitUntil } from '../helpers/start-server.ts';

let server: RunningServer;
afterEach(() => server.stop());

async function start(
  options: FakeModelOptions = {},
  args: readonly string[] = [],
): Promise<{ client: VisionClient; engine: ReturnType<typeof fakeEngine> }> {
  const engine = fakeEngine(options);
  server = await startHttp(engine, args);
  return { engine, client: new VisionClient({ baseURL: server.url, maxRetries: 0 }) };
}

const readPage = { prompt: 'Read it.', images: [fakeImage(0)] };

test('VisionClient generates, streams, lists models and asks for health', async () => {
  const { client } = await start();
  const model = client.model('fake');
  expect(await client.health()).toMatchObject({ status: 'loading' });
  const result = await model.generate(readPage);
  expect(result).toMatchObject({
    text: fakePages[0],
    finishReason: 'stop',
    usage: { inputTokens: 300, imageTokens: 256, outputTokens: 6 },
  });
  let streamed = '';
  const phases = new Set<string>();
  for await (const event of model.stream(readPage)) {
    if (event.type === 'text-delta') streamed += event.delta;
    if (event.type === 'progress') phases.add(event.phase);
  }
  expect([streamed, [...phases]]).toEqual([fakePages[0], ['decode-image', 'encode-image', 'prefill', 'generate']]);
  expect((await client.listModels()).map((entry) => entry.id)).toEqual(['fake']);
  expect(await client.health()).toMatchObject({ status: 'ready' });
});

test('VisionClient gets its own error classes', async () => {
  const { client, engine } = await start({ tokens: 100_000 }, ['--queue', '0']);
  await expect(client.model('other').generate(readPage)).rejects.toBeInstanceOf(NotFoundError);
  const abort = new AbortController();
  const running = Array.from({ length: 4 }, () =>
    client
      .model('fake')
      .generate({ ...readPage, signal: abort.signal })
      .catch(() => 'stopped'),
  );
  await waitUntil(() => engine.models[0]?.running === 4);
  await expect(client.model('fake').generate(readPage)).rejects.toBeInstanceOf(BusyError);
  abort.abort();
  await Promise.all(running);
  await waitUntil(() => engine.models[0]?.running === 0, 1000);
});

test('VisionClient gets a typed object, or an UnprocessableError', async () => {
  const { client } = await start({ text: '{"total":"90.34"}' });
  const { object } = await client.model('fake').generate({ ...readPage, schema: z.object({ total: z.string() }) });
  expect(object).toEqual({ total: '90.34' });
  await expect(client.model('fake').generate({ ...readPage, schema: z.object({ date: z.string() }) })).rejects.toBeInstanceOf(
    UnprocessableError,
  );
});

test('AI SDK: generateText and streamText read a page; an abort stops the model', async () => {
  const { client, engine } = await start({ tokenMs: 2 });
  const model = toLanguageModel(client.model('fake'));
  const messages = [{ role: 'user' as const, content: [{ type: 'image' as const, image: fakeImage(1), mediaType: 'image/png' }] }];
  expect((await generateText({ model, messages, maxRetries: 0 })).text).toBe(fakePages[1]);
  let streamed = '';
  for await (const delta of streamText({ model, messages, maxRetries: 0 }).textStream) streamed += delta;
  expect(streamed).toBe(fakePages[1]);
  const abort = new AbortController();
  const call = generateText({ model, messages, maxRetries: 0, abortSignal: abort.signal });
  await waitUntil(() => engine.models[0]?.running === 1);
  abort.abort();
  await expect(call).rejects.toThrow();
  await waitUntil(() => engine.models[0]?.running === 0, 1000);
});
