// Checked by tsc: each @ts-expect-error must be an error, and each assignment must hold.
import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { ChatCompletionChunk, ErrorEnvelope, Health } from '@h2ovl/contract/wire';
import { z } from 'zod';
import { createH2ovl, toLanguageModel } from '../../src/ai-sdk/index.ts';
import {
  APIError,
  BusyError,
  type ClientOptions,
  type GenerateOptions,
  type GenerateResult,
  jsonSchema,
  type OutputSchema,
  type PageReading,
  type ServerResponse,
  VisionClient,
  VisionError,
  type VisionModel,
} from '../../src/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

declare const model: VisionModel;
declare const either: OutputSchema | undefined;
const Receipt = z.object({ shop: z.string(), total: z.number().optional() });

export async function types(): Promise<void> {
  // The object has the schema's type, and is undefined without one.
  const typed = await model.generate({ prompt: 'Read.', schema: Receipt });
  holds<Equal<typeof typed.object, { shop: string; total?: number | undefined }>>();
  const plain = await model.generate({ prompt: 'Read.' });
  holds<Equal<typeof plain.object, undefined>>();
  const json = await model.generate({ prompt: 'Read.', schema: jsonSchema<{ a: 1 }>({}) });
  holds<Equal<typeof json.object, { a: 1 }>>();
  for await (const partial of model.stream({ prompt: 'Read.', schema: Receipt }).partialObjectStream)
    holds<Equal<typeof partial.shop, string | undefined>>();

  // A type without a schema that makes a value of it does not type-check, however it is named.
  // @ts-expect-error no schema
  await model.generate<{ shop: string }>({ prompt: 'Read.' });
  // @ts-expect-error no schema
  const hoped: GenerateResult<{ shop: string }> = await model.generate({ prompt: 'Read.' });
  // @ts-expect-error no schema
  for await (const partial of model.stream<{ shop: string }>({ prompt: 'Read.' }).partialObjectStream) void partial;
  const dynamic = await model.generate({ prompt: 'Read.', ...(either === undefined ? {} : { schema: either }) });
  holds<Equal<typeof dynamic.object, unknown>>();
  void hoped;

  // A document's pages, of the schema's type.
  const client = new VisionClient();
  for await (const page of client.extract('a.pdf', { schema: Receipt }))
    holds<Equal<typeof page.object, { shop: string; total?: number | undefined } | undefined>>();
  for await (const page of client.read(new Uint8Array(), { mode: 'text' })) holds<Equal<typeof page, PageReading>>();
  // @ts-expect-error no question
  client.ask('a.pdf', {});
  // @ts-expect-error the name is pages
  client.read('a.pdf', { page: 1 });

  // Options that do not exist.
  // @ts-expect-error the name is images
  await model.generate({ prompt: 'Read.', image: 'a.png' });
  // @ts-expect-error the name is maxOutputTokens
  await model.generate({ prompt: 'Read.', maxTokens: 5 });
  const request: GenerateOptions<{ shop: string }> = { prompt: 'Read.', schema: jsonSchema<{ shop: string }>({}), temperature: 0 };
  await model.countTokens(request); // what is generated can be counted

  // Short form or full form, never both.
  const short: GenerateOptions = { prompt: 'Read.', images: ['a.png', new Uint8Array(), new URL('file:///a.png')] };
  const full: GenerateOptions = { messages: [{ role: 'user', content: [{ type: 'image', image: 'a.png' }] }] };
  // @ts-expect-error both forms
  const both: GenerateOptions = { prompt: 'Read.', messages: [] };
  // @ts-expect-error images belong to the short form
  const mixed: GenerateOptions = { messages: [], images: [] };
  // @ts-expect-error a system message has no pictures
  const system: GenerateOptions = { messages: [{ role: 'system', content: [{ type: 'image', image: 'a.png' }] }] };
  // @ts-expect-error a plain JSON Schema needs jsonSchema()
  const bare: GenerateOptions = { prompt: '', schema: { type: 'object' } };
  void [short, full, both, mixed, system, bare];

  const schema: OutputSchema<{ shop: string; total?: number | undefined }> = Receipt;
  void schema;

  // Client and AI SDK fit each other.
  const remote: VisionModel = new VisionClient().model('nano', { timeout: 1, signal: new AbortController().signal });
  const language: LanguageModelV3 = toLanguageModel(remote, { provider: 'mine' });
  const provided: LanguageModelV3 = createH2ovl({ baseURL: 'http://h' })('0.8b');
  void [language, provided];
  const options: ClientOptions = { apiKey: async () => 'key', fetch: globalThis.fetch };
  // @ts-expect-error the name is baseURL
  const wrong: ClientOptions = { baseUrl: '' };
  void [options, wrong];

  // isInstance narrows.
  const error: unknown = undefined;
  if (BusyError.isInstance(error)) holds<Equal<typeof error.retryAfterMs, number | undefined>>();
  if (APIError.isInstance(error)) holds<Equal<typeof error.response, ServerResponse | undefined>>();
  if (VisionError.isInstance(error)) holds<Equal<typeof error.param, string | undefined>>();

  // What a server writes.
  const chunk = {
    id: '1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'nano',
    choices: [],
    h2ovl: { progress: { phase: 'prefill', done: 1, total: 2 } },
  } satisfies ChatCompletionChunk;
  const envelope = { error: { message: '', type: 'server_error', param: null, code: 'INTERNAL' } } satisfies ErrorEnvelope;
  const health = { status: 'ready', queue: { running: 0, waiting: 0, limit: 16 } } satisfies Health;
  void [chunk, envelope, health];
}
