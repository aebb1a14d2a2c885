// Checked by `npm run typecheck`: what must type-check does, and each `@ts-expect-error` marks what must not.
import { z } from 'zod';
import {
  type GenerateResult,
  type GenerationStream,
  jsonSchema,
  loadModel,
  type ModelInfo,
  type PromptInput,
  type VisionModel,
} from '../../src/index.ts';

declare const model: VisionModel;
declare function expectType<T>(value: T): void;

export async function promptForms(): Promise<void> {
  await model.generate({ prompt: 'Read it.', images: ['page.png', new Uint8Array(1), new URL('file:///page.png')] });
  await model.generate({ messages: [{ role: 'user', content: [{ type: 'image', image: 'page.png' }] }], temperature: 0 });
  // @ts-expect-error the short form and the full form exclude each other
  await model.generate({ prompt: 'Read it.', messages: [] });
  // @ts-expect-error one of them is needed
  await model.generate({ maxOutputTokens: 3 });
  // @ts-expect-error an assistant's message holds text only
  const wrong: PromptInput = { messages: [{ role: 'assistant', content: [{ type: 'image', image: 'page.png' }] }] };
  void wrong;
}

export async function options(): Promise<void> {
  // @ts-expect-error the name is images
  await model.generate({ prompt: 'Read it.', image: 'page.png' });
  // @ts-expect-error the name is maxOutputTokens
  await model.generate({ prompt: 'Read it.', maxTokens: 3 });
  // @ts-expect-error the name is precision
  await loadModel('nano', { precison: 'exact' });
  // @ts-expect-error no such precision
  await loadModel('nano', { precision: 'precise' });
  const info: ModelInfo = await model.info();
  expectType<number>(info.runtime.threads);
  // @ts-expect-error it has fields, not sentences
  expectType<string>(info.weights);
}

export async function schemas(): Promise<void> {
  interface Receipt {
    readonly shop: string;
  }
  // @ts-expect-error nothing would make a value of that type
  await model.generate<Receipt>({ prompt: 'Read it.' });
  // @ts-expect-error nor here
  const hoped: GenerateResult<Receipt> = await model.generate({ prompt: 'Read it.' });
  // @ts-expect-error nor in a stream
  const stream: GenerationStream<Receipt> = model.stream({ prompt: 'Read it.' });
  const explicit = await model.generate<Receipt>({ prompt: 'Read it.', schema: jsonSchema<Receipt>({ type: 'object' }) });
  expectType<string>(explicit.object.shop);
  void [hoped, stream];
}

export async function results(): Promise<void> {
  const plain = await model.generate({ prompt: 'Read it.' });
  expectType<undefined>(plain.object);
  expectType<'stop' | 'length' | 'stop-sequence' | 'loop' | 'timeout'>(plain.finishReason);

  const Receipt = z.object({ shop: z.string(), total: z.number() });
  const typed = await model.generate({ prompt: 'Read it.', schema: Receipt });
  expectType<string>(typed.object.shop);
  // @ts-expect-error a number is not a string
  expectType<string>(typed.object.total);

  const loose = await model.generate({ prompt: 'Read it.', schema: jsonSchema<{ id: string }>({ type: 'object' }) });
  expectType<GenerateResult<{ id: string }>>(loose);
}

export async function streams(): Promise<void> {
  const stream: GenerationStream = model.stream({ prompt: 'Read it.' });
  for await (const event of stream) {
    if (event.type === 'text-delta') expectType<string>(event.delta);
    if (event.type === 'progress') expectType<number>(event.done);
    // @ts-expect-error only a text event has a delta
    void event.delta;
  }
  for await (const delta of stream.textStream) expectType<string>(delta);
}
