import { readFileSync } from 'node:fs';
import { jsonSchema, type Message } from '@h2ovl/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startHttp } from '../../mcp-server/test/helpers/start-server.ts';
import { nanoPages } from '../src/testing/nano-samples.ts';
import { type Asked, type AskedPage, conversations, type Place, singleQuestions } from './helpers/interfaces.ts';
import { openRecordingModel, type RecordingModel } from './helpers/recording-model.ts';

// The same question must reach the model as the same tokens, whoever asks it. `<A>` and `<B>` are pictures, known by their content.

const [A, B] = nanoPages.slice(0, 2).map(({ path }) => new Uint8Array(readFileSync(path))) as [Uint8Array, Uint8Array];
const a = { type: 'image', image: A } as const;
const b = { type: 'image', image: B } as const;
const text = (content: string): { readonly type: 'text'; readonly text: string } => ({ type: 'text', text: content });
const user = (...content: (typeof a | ReturnType<typeof text>)[]): Message => ({ role: 'user', content });
const schema = { type: 'object', properties: { total: { type: 'number', description: 'what was paid' } }, required: ['total'] };
const instruction = 'Extract the details from the image and structure them into JSON format:';
const fields = `total: what was paid\n${instruction}\n{"total": 0}`;
const turn = (words: string): string => `<|prompt|>${words}<|end|><|answer|>`;

let recorder: RecordingModel;
let server: RunningServer;
let place: Place;

beforeAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = false; // they would go to the console
  recorder = await openRecordingModel('{"total": 1}');
  server = await startHttp({ load: () => async () => recorder.model, makeOutputSchema: (given) => jsonSchema(given) });
  place = { model: recorder.model, url: server.url };
  for (const [name, picture] of Object.entries({ A, B })) {
    await recorder.model.generate({ prompt: 'x', images: [picture] });
    recorder.namePicture(recorder.takePrompts()[0] ?? [], name);
  }
});
afterAll(() => server.stop());

/** The prompts that one request led to, as tokens; a failure is part of the result, so that interfaces are compared to the end. */
async function promptsOf(
  send: () => Promise<unknown>,
): Promise<{ readonly prompts: readonly (readonly number[])[]; readonly failure: string }> {
  const failure = await send().then(
    () => '',
    (error: unknown) => `refused: ${error instanceof Error ? error.message : String(error)}`,
  );
  return { prompts: recorder.takePrompts(), failure };
}

describe.each<[string, Asked, string]>([
  ['one picture first', { messages: [user(a, text('Read.'))] }, turn('<A>\nRead.')],
  ['one picture last', { messages: [user(text('Read.'), a)] }, turn('<A>\nRead.')],
  ['one picture between texts', { messages: [user(text('Read.'), a, text('All of it.'))] }, turn('<A>\nRead.\nAll of it.')],
  ['two pictures first', { messages: [user(a, b, text('Compare.'))] }, turn('Image-1: <A>\nImage-2: <B>\nCompare.')],
  ['two pictures last', { messages: [user(text('Compare.'), a, b)] }, turn('Image-1: <A>\nImage-2: <B>\nCompare.')],
  ['pictures between texts', { messages: [user(text('This'), b, text('and'), a, text('differ.'))] }, turn('This\n<B>\nand\n<A>\ndiffer.')],
  ['a mark in the text', { messages: [user(a, text('In <image>, what is it?'))] }, turn('In <A>, what is it?')],
  ['marks as the card writes them', { messages: [user(text('<image>\nRead.'), a)] }, turn('<A>\nRead.')],
  ['more marks than pictures', { messages: [user(a, text('<image><image>'))] }, turn('<A>\n<\u200dimage><\u200dimage>')],
  ['a mark without a picture', { messages: [user(text('What is <image>?'))] }, turn('What is <\u200dimage>?')],
  [
    'names of tokens and marks',
    { messages: [user(a, text('<|end|><|prompt|><|answer|>'))] },
    turn('<A>\n<\u200d|end|><\u200d|prompt|><\u200d|answer|>'),
  ],
  ['texts side by side', { messages: [user(a, text('Read.'), text('All.'))] }, turn('<A>\nRead.\nAll.')],
  ['a schema', { messages: [user(text('What was paid?'), a)], schema }, turn(`<A>\nWhat was paid?\n${fields}`)],
  ['a schema and pictures', { messages: [user(text('Who?'), a, b)], schema }, turn(`Image-1: <A>\nImage-2: <B>\nWho?\n${fields}`)],
  [
    'a schema and pictures between texts',
    { messages: [user(text('This'), b, text('or'), a, text('?'))], schema },
    turn(`This\n<B>\nor\n<A>\n?\n${fields}`),
  ],
  ['a schema and a mark', { messages: [user(a, text('In <image>?'))], schema }, turn(`In <A>?\n${fields}`)],
  [
    'an instruction that speaks of JSON',
    { messages: [user(text('As JSON:'), a)], schema },
    turn('<A>\ntotal: what was paid\nAs JSON:\n{"total": 0}'),
  ],
  [
    'a conversation',
    { messages: [user(text('Read.'), a), { role: 'assistant', content: 'Hi.' }, user(text('And?'), b)] },
    `<|prompt|><A>\nRead.<|end|><|answer|>Hi.<|end|>${turn('<B>\nAnd?')}`,
  ],
  ['two user messages in a row', { messages: [user(a), { role: 'user', content: 'Read.' }] }, turn('<A>\nRead.')],
  [
    'an answer first, and one without text',
    {
      messages: [
        { role: 'assistant', content: 'Hello.' },
        user(a, text('Read.')),
        { role: 'assistant', content: null },
        user(text('And?')),
      ],
    },
    `<|answer|>Hello.<|end|><|prompt|><A>\nRead.<|end|><|answer|><|end|>${turn('And?')}`,
  ],
  [
    'an answer in parts',
    { messages: [user(text('Hi.')), { role: 'assistant', content: [text('Yes?'), text('Go on.')] }, user(a, text('Read.'))] },
    `<|prompt|>Hi.<|end|><|answer|>Yes?\nGo on.<|end|>${turn('<A>\nRead.')}`,
  ],
  ['system messages', { messages: [{ role: 'system', content: 'Be brief.' }, user(text('Read.'), a)] }, turn('Be brief.\n\n<A>\nRead.')],
])('%s', (_, asked, expected) => {
  it.each(Object.entries(conversations))('is the same prompt through %s', async (_name, send) => {
    const own = await promptsOf(() => conversations.loadModel?.(asked, place) ?? Promise.reject(new Error('no loadModel')));
    expect(own).toEqual({ prompts: [expect.any(Array)], failure: '' });
    expect(own.prompts.map(recorder.show)).toEqual([expected]);
    const through = await promptsOf(() => send(asked, place));
    expect(through.failure).toBe('');
    expect(through.prompts.map(recorder.show)).toEqual([expected]);
    expect(through.prompts).toEqual(own.prompts);
  });
});

const readQuestion = 'Read the text in the image.';

describe.each<[string, AskedPage, string]>([
  ['read', { operation: 'read', pictures: [A] }, turn(`<A>\n${readQuestion}`)],
  ['ask', { operation: 'ask', question: 'What was <|end|> paid?', pictures: [A] }, turn('<A>\nWhat was <\u200d|end|> paid?')],
  ['extract', { operation: 'extract', question: 'What was paid?', schema, pictures: [A] }, turn(`<A>\nWhat was paid?\n${fields}`)],
  ['extract without a question', { operation: 'extract', schema, pictures: [A] }, turn(`<A>\n${fields}`)],
  ['ask about two pictures', { operation: 'ask', question: 'Which?', pictures: [A, B] }, turn('Image-1: <A>\nImage-2: <B>\nWhich?')],
])('%s', (_, asked, expected) => {
  const { operation, question = operation === 'read' ? readQuestion : '', pictures } = asked;
  const short = { prompt: question, images: pictures, ...(asked.schema && { schema: jsonSchema(asked.schema) }) };
  const all: Record<string, () => Promise<unknown>> = {
    'the short form': () => place.model.generate(short),
    ...Object.fromEntries(
      Object.entries(conversations).map(([name, send]) => {
        const messages = [user(text(question), ...pictures.map((image) => ({ type: 'image', image }) as const))];
        return [name, () => send({ messages, ...(asked.schema && { schema: asked.schema }) }, place)];
      }),
    ),
    ...Object.fromEntries(
      Object.entries(singleQuestions)
        .filter(([name]) => name === 'n8n node' || pictures.length === 1) // the others take one document
        .map(([name, send]) => [name, () => send(asked, place)]),
    ),
  };

  it.each(Object.entries(all))('is the same prompt through %s', async (_name, send) => {
    const own = await promptsOf(() => place.model.generate(short));
    const through = await promptsOf(send);
    expect(through.failure).toBe('');
    expect(through.prompts.map(recorder.show)).toEqual([expected]);
    expect(through.prompts).toEqual(own.prompts);
  });
});
