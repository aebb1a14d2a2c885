import { describe, expect, it } from 'vitest';
import { VisionClient } from '../../src/index.ts';
import { beginStream, sendJson, startStubServer } from '../helpers/stub-server.ts';

const onePixel = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);

describe('info and countTokens', () => {
  const body = {
    object: 'model.info',
    id: 'a b',
    architecture: 'h2ovl_chat/llama',
    parameters: 9,
    weights: { name: 'exact', vision: 'f32', language: 'f32', head: 'f32' },
    context_length: 1024,
    max_tiles: 6,
    tokens_per_tile: 64,
    runtime: { name: 'onnxruntime', version: '1.0.0', device: 'cpu', adapter: 'ffi', threads: 2 },
    reasons: ['Because.'],
  };

  it('ask the server about this model and this prompt', async () => {
    await using server = await startStubServer((response, request) =>
      sendJson(response, 200, request.method === 'GET' ? body : { object: 'token_count', input_tokens: 80, image_tokens: 64 }),
    );
    const model = new VisionClient({ baseURL: server.url }).model('a b');
    expect(await model.info()).toEqual({
      architecture: 'h2ovl_chat/llama',
      parameters: 9,
      weights: body.weights,
      contextLength: 1024,
      maxTiles: 6,
      tokensPerTile: 64,
      runtime: body.runtime,
      reasons: ['Because.'],
    });
    expect(await model.countTokens({ prompt: 'Read.', images: [onePixel], tiles: 2 })).toEqual({ inputTokens: 80, imageTokens: 64 });
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/info?model=a%20b', 'POST /v1/count_tokens']);
    expect(server.seen[1]?.body).toMatchObject({ model: 'a b', tiles: 2, messages: [{ role: 'user' }] });
  });

  it('say so when something else answers, and stop with the caller’s reason', async () => {
    await using server = await startStubServer((response) => sendJson(response, 200, {}));
    const model = new VisionClient({ baseURL: server.url }).model('nano');
    await expect(model.info()).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    await expect(model.countTokens({ prompt: '' })).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    await expect(model.info({ signal: AbortSignal.abort('mine') })).rejects.toBe('mine');
    expect(server.seen).toHaveLength(2);
  });
});

describe('dispose', () => {
  it('stops what is in work, waits for it, and refuses new calls', async () => {
    await using server = await startStubServer(beginStream);
    const model = new VisionClient({ baseURL: server.url }).model('nano');
    const pending = model.generate({ prompt: '' });
    await expect.poll(() => server.seen.length).toBe(1);
    await model.dispose();
    await expect(pending).rejects.toMatchObject({ code: 'DISPOSED' });
    await server.seen[0]?.closed;
    for (const call of [model.generate({ prompt: '' }), model.info(), model.countTokens({ prompt: '' })]) {
      await expect(call).rejects.toMatchObject({ code: 'DISPOSED' });
    }
    await model.dispose();
    expect(server.seen).toHaveLength(1);
  });
});
