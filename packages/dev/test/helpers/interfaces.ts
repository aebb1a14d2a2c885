import { jsonSchema, type Message, type VisionModel } from '@h2ovl/core';
import { VisionClient } from '@h2ovl/sdk';
import { toLanguageModel } from '@h2ovl/sdk/ai-sdk';
import { jsonSchema as aiSchema, generateText, type ModelMessage, Output } from 'ai';
import OpenAI from 'openai';
import { connectClient } from '../../../mcp-server/test/helpers/mcp-clients.ts';
import { runNode } from '../../../n8n-node/test/helpers/run-node.ts';

/** A request in core's own words; pictures are bytes. */
export interface Asked {
  readonly messages: readonly Message[];
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** One question about pictures, which interfaces without conversations can ask too. */
export interface AskedPage {
  readonly operation: 'read' | 'ask' | 'extract';
  /** Left out: the operation's own. */
  readonly question?: string;
  readonly pictures: readonly Uint8Array[];
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** The server's model, and where it listens. */
export interface Place {
  readonly model: VisionModel;
  readonly url: string;
}

type Send<T> = (asked: T, place: Place) => Promise<unknown>;

/** Interfaces that take whole conversations. */
export const conversations: Readonly<Record<string, Send<Asked>>> = {
  loadModel: ({ messages, schema }, { model }) => model.generate({ messages, ...(schema && { schema: jsonSchema(schema) }) }),
  'HTTP with openai': ({ messages, schema }, { url }) =>
    new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }).chat.completions.create({
      model: 'fake',
      messages: messages.map(toOpenAI),
      ...(schema && { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { ...schema } } } }),
    }),
  SDK: ({ messages, schema }, { url }) =>
    new VisionClient({ baseURL: url, maxRetries: 0 }).model('fake').generate({ messages, ...(schema && { schema: jsonSchema(schema) }) }),
  'AI SDK provider': ({ messages, schema }, { url }) =>
    generateText({
      model: toLanguageModel(new VisionClient({ baseURL: url, maxRetries: 0 }).model('fake')),
      messages: messages.map(toModelMessage),
      allowSystemInMessages: true,
      maxRetries: 0,
      ...(schema && { output: Output.object({ schema: aiSchema({ ...schema }) }) }),
    }),
};

/** Interfaces that ask one question at a time. */
export const singleQuestions: Readonly<Record<string, Send<AskedPage>>> = {
  MCP: async ({ operation, question, pictures, schema }, { url }) => {
    const client = await connectClient('v2 2026-07-28', { url });
    try {
      const source = dataUrl(pictures[0] as Uint8Array);
      const { isError, text } = await client.call(...toolCall(operation, question, source, schema));
      if (isError) throw new Error(text);
    } finally {
      await client.close();
    }
  },
  'HTTP of documents': async ({ operation, question, pictures, schema }, { url }) => {
    const asked = { ask: { question }, extract: { schema, instruction: question }, read: { instruction: question } }[operation];
    const response = await fetch(`${url}/v1/${operation}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ document: { data: dataUrl(pictures[0] as Uint8Array) }, ...asked }),
    });
    const answer = (await response.json()) as { readonly error?: unknown; readonly pages?: readonly { readonly error?: unknown }[] };
    const failure = answer.error ?? answer.pages?.[0]?.error;
    if (failure !== undefined) throw new Error(JSON.stringify(failure));
  },
  'n8n node': ({ operation, question, pictures, schema }, { url }) =>
    runNode({
      baseUrl: url,
      items: [Object.fromEntries(pictures.map((picture, index) => [`picture${index}`, Buffer.from(picture)]))],
      parameters: {
        operation: { read: 'readText', ask: 'askQuestion', extract: 'extractData' }[operation],
        model: 'fake',
        binaryPropertyName: pictures.map((_, index) => `picture${index}`).join(','),
        ...(operation === 'ask' && { text: question }),
        ...(operation === 'extract' && { schemaType: 'manual', inputSchema: JSON.stringify(schema) }),
        // A limit that no other interface has: the server would give the reading that it has kept instead of asking the model.
        options: { maxTokens: 1000, ...(operation === 'ask' || question === undefined ? {} : { prompt: question }) },
      },
    }),
};

function toolCall(
  operation: AskedPage['operation'],
  question: string | undefined,
  source: string,
  schema: AskedPage['schema'],
): [string, Record<string, unknown>] {
  if (operation === 'read') return ['read_document', { source }];
  if (operation === 'ask') return ['ask_document', { source, question }];
  return ['extract_json', { source, schema, ...(question !== undefined && { instruction: question }) }];
}

function dataUrl(picture: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(picture).toString('base64')}`;
}

function toOpenAI({ role, content }: Message): OpenAI.ChatCompletionMessageParam {
  if (typeof content === 'string' || content === null) return { role, content } as OpenAI.ChatCompletionMessageParam;
  const parts = content.map((part) =>
    part.type === 'text' ? part : { type: 'image_url', image_url: { url: dataUrl(part.image as Uint8Array) } },
  );
  return { role, content: parts } as OpenAI.ChatCompletionMessageParam; // the union is narrowed by both fields at once
}

/** The AI SDK has no null, and its system messages are strings. */
function toModelMessage({ role, content }: Message): ModelMessage {
  if (role === 'system') return { role, content: typeof content === 'string' ? content : content.map(({ text }) => text).join('\n') };
  return { role, content: content ?? '' } as ModelMessage; // text and image parts have the same names there
}
