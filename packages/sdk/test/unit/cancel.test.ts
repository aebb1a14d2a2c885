import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ConnectionError, TimeoutError, VisionClient } from '../../src/index.ts';
import { beginStream, chunk, endStream, sendError, sendStream, startStubServer, writeData } from '../helpers/stub-server.ts';

/** Starts an answer that never ends by itself. */
function sendForEver(response: Parameters<typeof beginStream>[0]): void {
  beginStream(response);
  const timer = setInterval(() => writeData(response, chunk({ content: 'x' })), 2);
  response.once('close', () => clearInterval(timer));
}

describe('abort', () => {
  it('rejects with the caller’s reason untouched and closes the connection, in the middle of an answer', async () => {
    await using server = await startStubServer(sendForEver);
    const controller = new AbortController();
    const reason = { my: 'reason' };
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const delta of new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '', signal: controller.signal })
        .textStream) {
        seen.push(delta);
        if (seen.length === 3) controller.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
    await server.seen[0]?.closed;
    expect(seen).toHaveLength(3);
  });

  it('rejects before any request when the signal has already fired', async () => {
    await using server = await startStubServer(sendForEver);
    const reason = new Error('changed my mind');
    const model = new VisionClient({ baseURL: server.url }).model('nano');
    await expect(model.generate({ prompt: '', signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.seen).toHaveLength(0);
  });

  it('rejects while the server has not answered at all', async () => {
    await using server = await startStubServer(() => {});
    const reason = new Error('too slow');
    const controller = new AbortController();
    const pending = new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: '', signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(pending).rejects.toBe(reason);
    await server.seen[0]?.closed;
  });

  it('of the model’s own signal stops its calls with that reason', async () => {
    await using server = await startStubServer(sendForEver);
    const controller = new AbortController();
    const reason = new Error('shutting down');
    const pending = new VisionClient({ baseURL: server.url }).model('nano', { signal: controller.signal }).generate({ prompt: '' });
    setTimeout(() => controller.abort(reason), 50);
    await expect(pending).rejects.toBe(reason);
    await server.seen[0]?.closed;
  });

  it('leaves no listener on a long-lived signal after calls that ended', async () => {
    await using server = await startStubServer((response, _, index) =>
      index % 2 === 0 ? sendStream(response, { deltas: ['a'] }) : sendError(response, 400, {}),
    );
    const { signal } = new AbortController();
    const model = new VisionClient({ baseURL: server.url }).model('nano', { signal });
    for (let index = 0; index < 4; index += 1) await model.generate({ prompt: '', signal }).catch(() => {});
    expect(server.seen).toHaveLength(4);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('leaving the loop', () => {
  it('closes the connection, and result tells that the stream was closed', async () => {
    await using server = await startStubServer(sendForEver);
    const stream = new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' });
    for await (const event of stream) if (event.type === 'text-delta') break;
    await server.seen[0]?.closed;
    await expect(stream.result).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('by an exception closes the connection too', async () => {
    await using server = await startStubServer(sendForEver);
    const stream = new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' });
    const read = async (): Promise<void> => {
      for await (const _ of stream.textStream) throw new Error('mine');
    };
    await expect(read()).rejects.toThrow('mine');
    await server.seen[0]?.closed;
  });

  it('by disposing closes the connection of a reader that waits', async () => {
    await using server = await startStubServer(beginStream);
    const stream = new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' });
    const pending = stream.result;
    setTimeout(() => void stream[Symbol.asyncDispose](), 50);
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
    await server.seen[0]?.closed;
  });
});

describe('timeout', () => {
  it('ends a call whose server never answers', async () => {
    await using server = await startStubServer(() => {});
    const error = await new VisionClient({ baseURL: server.url, timeout: 1000 })
      .model('nano')
      .generate({ prompt: '' })
      .catch((reason: unknown) => reason);
    expect(TimeoutError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: 'TIMEOUT', message: 'The call took longer than its timeout of 1000 ms.' });
    expect(server.seen).toHaveLength(1);
    await server.seen[0]?.closed;
  });

  it('covers the whole answer, heartbeats or not, and a model may change it', async () => {
    await using server = await startStubServer(sendForEver);
    await expect(new VisionClient({ baseURL: server.url }).model('nano', { timeout: 80 }).generate({ prompt: '' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await server.seen[0]?.closed;
  });

  it('of Infinity is no limit, and one longer than a timer can be does not fire at once', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['a'] }));
    for (const timeout of [Number.POSITIVE_INFINITY, 10_000_000_000]) {
      expect((await new VisionClient({ baseURL: server.url, timeout }).model('nano').generate({ prompt: '' })).text).toBe('a');
    }
  });
});

describe('a bad stream', () => {
  const generate = async (write: (response: Parameters<typeof beginStream>[0]) => void): Promise<unknown> => {
    await using server = await startStubServer(write);
    return await new VisionClient({ baseURL: server.url })
      .model('nano')
      .generate({ prompt: '' })
      .catch((reason: unknown) => reason);
  };

  it('that ends early is a connection error that says how far it came', async () => {
    const error = await generate((response) => {
      beginStream(response);
      writeData(response, chunk({ content: 'half' }));
      response.end();
    });
    expect(ConnectionError.isInstance(error)).toBe(true);
    expect((error as Error).message).toBe('The answer broke off after 4 characters.');
  });

  it('with an error line becomes the error of that code', async () => {
    const error = await generate((response) => {
      beginStream(response);
      writeData(response, {
        error: {
          message: 'The image is damaged.',
          type: 'invalid_request_error',
          param: 'messages[0].content[0]',
          code: 'IMAGE_UNREADABLE',
        },
      });
      response.end();
    });
    expect(error).toMatchObject({
      name: 'VisionError',
      code: 'IMAGE_UNREADABLE',
      param: 'messages[0].content[0]',
      response: { status: 400, requestId: 'req-0' },
    });
  });

  it('of something else is named: HTML, a line that is not JSON, a value that is no chunk', async () => {
    const html = await generate((response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>') && undefined);
    expect(html).toMatchObject({ code: 'RESPONSE_INVALID', message: 'The server answered with text/html instead of an event stream.' });
    const noJson = await generate((response) => {
      beginStream(response);
      writeData(response, 'oops');
      endStream(response);
    });
    expect((noJson as Error).message).toContain('not JSON (oops)');
    const noChunk = await generate((response) => {
      beginStream(response);
      writeData(response, { hello: 1 });
      endStream(response);
    });
    expect((noChunk as Error).message).toContain('no chunk');
  });
});
