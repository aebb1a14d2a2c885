import { readFileSync } from 'node:fs';
import { jsonSchema, type Message } from '@h2ovl/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, startHttp } from '../../mcp-server/test/helpers/start-server.ts';
import { readablePages } from '../src/testing/nano-samples.ts';
import { openRecordingModel, type RecordingModel } from './helpers/recording-model.ts';

// A request with one fault is refused with the path of this fault: in this process by core's names, over HTTP by those of the request.

const page = new Uint8Array(readFileSync(readablePages[0].path));
const broken = page.slice(0, 200);
const user = (...content: Extract<Message, { role: 'user' }>['content'][number][]): Message => ({ role: 'user', content }) as Message;
const image = (bytes: Uint8Array): { readonly type: 'image'; readonly image: Uint8Array } => ({ type: 'image', image: bytes });
const text = { type: 'text', text: 'Read.' } as const;

let recorder: RecordingModel;
let server: RunningServer;

beforeAll(async () => {
  recorder = await openRecordingModel('{}');
  server = await startHttp({ load: () => async () => recorder.model, makeOutputSchema: (given) => jsonSchema(given) });
});
afterAll(() => server.stop());

interface Fault {
  readonly messages?: readonly Message[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly wire?: Readonly<Record<string, unknown>>;
}

it.each<[string, Fault, string, string]>([
  [
    'a picture that cannot be decoded',
    { messages: [user(image(page), text, image(broken))] },
    'messages[0].content[2].image',
    'messages[0].content[2].image_url.url',
  ],
  [
    'a picture that is none',
    { messages: [user(image(page), text), { role: 'assistant', content: 'a' }, user(image(Uint8Array.of(1, 2, 3)), text)] },
    'messages[2].content[0].image',
    'messages[2].content[0].image_url.url',
  ],
  [
    'a message without content',
    { messages: [user(text), { role: 'assistant', content: 'a' }, user()] },
    'messages[2].content',
    'messages[2].content',
  ],
  ['too many tiles', { options: { tiles: 7 }, wire: { tiles: 7 } }, 'tiles', 'tiles'],
  [
    'a schema whose root is a text',
    {
      options: { schema: jsonSchema({ type: 'string' }) },
      wire: { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'string' } } } },
    },
    'schema',
    'response_format.json_schema.schema',
  ],
])('%s', async (_, { messages = [user(text)], options = {}, wire = {} }, own, param) => {
  await expect(recorder.model.generate({ messages, ...options })).rejects.toMatchObject({ param: own });
  for (const stream of [false, true]) {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fake', messages: messages.map(toWire), stream, ...wire }),
    });
    const body = await response.text();
    expect([stream, body]).toEqual([stream, expect.stringContaining(`"param":"${param}"`)]);
  }
});

function toWire({ role, content }: Message): object {
  if (typeof content === 'string' || content === null) return { role, content };
  return {
    role,
    content: content.map((part) =>
      part.type === 'text'
        ? part
        : { type: 'image_url', image_url: { url: `data:image/png;base64,${Buffer.from(part.image as Uint8Array).toString('base64')}` } },
    ),
  };
}
