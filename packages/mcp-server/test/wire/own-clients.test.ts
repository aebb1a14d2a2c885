import { BusyError, ContextOverflowError, OutputInvalidError, VisionClient, VisionError } from '@h2ovl/sdk';
import { toLanguageModel } from '@h2ovl/sdk/ai-sdk';
import { generateText, streamText } from 'ai';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { type FakeModelOptions, fakeEngine, fakeImage, fakeInfo, fakePages } from '../helpers/fake-model.ts';
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
  expect(await client.health()).toMatchObject({ status: 'idle' });
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

test('VisionClient asks what the model is, without the folder of its files, and counts a prompt', async () => {
  const { client } = await start();
  const model = client.model('fake');
  const { directory: _, ...info } = fakeInfo;
  expect(await model.info()).toEqual(info);
  expect(await model.countTokens(readPage)).toEqual({ inputTokens: 300, imageTokens: 256 });
  await expect(client.model('other').info()).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', response: { status: 404 } });
  await expect(client.model('other').countTokens(readPage)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
});

test('VisionClient gets the classes that the model throws in the server', async () => {
  const { client } = await start({ failure: new ContextOverflowError(5000, 4096) });
  const error = await client
    .model('fake')
    .generate(readPage)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ContextOverflowError);
  expect(error).toMatchObject({ inputTokens: 5000, contextLength: 4096, response: { status: 400 } });
});

test('VisionClient gets a refusal by name, and a full queue as what it is', async () => {
  const { client, engine } = await start({ tokens: 100_000 }, ['--queue', '0']);
  const missing = await client
    .model('other')
    .generate(readPage)
    .catch((reason: unknown) => reason);
  expect(VisionError.isInstance(missing) && missing.code).toBe('MODEL_NOT_FOUND');
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

test('VisionClient gets a typed object, or an OutputInvalidError', async () => {
  const { client } = await start({ text: '{"total":"90.34"}' });
  const { object } = await client.model('fake').generate({ ...readPage, schema: z.object({ total: z.string() }) });
  expect(object).toEqual({ total: '90.34' });
  await expect(client.model('fake').generate({ ...readPage, schema: z.object({ date: z.string() }) })).rejects.toBeInstanceOf(
    OutputInvalidError,
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
