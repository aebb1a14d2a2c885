import type { ChatCompletionRequest } from '@h2ovl/contract/wire';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  bareChunk,
  beginStream,
  chunk,
  endStream,
  type StubServer,
  sendError,
  startStubServer,
  writeData,
} from '../helpers/stub-server.ts';

// The contract is OpenAI-shaped: a client nobody here wrote must understand what it describes.
const connect = (server: StubServer): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'key', maxRetries: 0 });
const ask = { model: 'nano', messages: [{ role: 'user' as const, content: 'Hi' }] };

describe('the openai package', () => {
  it('reads a stream with heartbeats, progress, our details and usage', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      response.write(': heartbeat\n\n');
      writeData(response, bareChunk({ h2ovl: { progress: { phase: 'prefill', done: 1, total: 2 } } }));
      writeData(response, chunk({ content: 'Hel' }));
      writeData(response, chunk({ content: 'lo' }));
      endStream(response, 'stop-sequence');
    });
    const completion = await connect(server)
      .chat.completions.stream({ ...ask, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello' } });
    expect(completion.usage).toMatchObject({ prompt_tokens: 300, completion_tokens: 7, prompt_tokens_details: { image_tokens: 256 } });
  });

  it('writes requests that our request type describes', async () => {
    await using server = await startStubServer((response) => sendError(response, 400, {}));
    const request = {
      model: 'nano',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'auto' } },
            { type: 'text', text: 'Hi' },
          ],
        },
      ],
      max_completion_tokens: 5,
      stop: ['X'],
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' }, strict: true } },
      stream: false,
    } satisfies OpenAI.ChatCompletionCreateParams;
    await connect(server)
      .chat.completions.create(request)
      .catch(() => {});
    const ours: ChatCompletionRequest = request; // fails the type check when the two drift apart
    expect(server.seen[0]?.body).toEqual(ours);
  });

  it('maps the error envelope to its own classes with code and param', async () => {
    await using server = await startStubServer((response) =>
      sendError(response, 404, { message: 'No model.', code: 'MODEL_NOT_FOUND', param: 'model' }),
    );
    const error = await connect(server)
      .chat.completions.create(ask)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'MODEL_NOT_FOUND', param: 'model', requestID: 'req-0' });
  });

  it('throws on an error line inside a stream, and closes the connection on break', async () => {
    await using server = await startStubServer((response, _, index) => {
      beginStream(response);
      writeData(response, chunk({ content: 'a' }));
      if (index === 0) writeData(response, { error: { message: 'Broken.', type: 'server_error', param: null, code: 'SESSION_FAILED' } });
    });
    const read = async (leave: boolean): Promise<void> => {
      for await (const part of await connect(server).chat.completions.create({ ...ask, stream: true })) {
        if (leave && part.choices[0]?.delta.content === 'a') break;
      }
    };
    await expect(read(false)).rejects.toMatchObject({ code: 'SESSION_FAILED' });
    await read(true);
    await server.seen[1]?.closed;
  });
});
