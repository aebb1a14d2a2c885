import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchImage, type RemoteImages } from '../../../src/documents/fetch-image.ts';
import { readImageSource } from '../../../src/documents/image-source.ts';
import { openTlsServer, type TlsServer } from '../../helpers/tls-server.ts';

/** What the server on this machine answers, by path. */
const answers: Readonly<Record<string, RequestListener>> = {
  '/page.png': (_, response) => response.end(Buffer.from([1, 2, 3])),
  '/moved.png': (_, response) => response.writeHead(302, { location: '/page.png' }).end(),
  '/gone.png': (_, response) => response.writeHead(410).end('gone'),
  '/locked.png': (_, response) => response.writeHead(403).end('no'),
  '/nothing.png': (_, response) => response.end(),
  '/declared.png': (_, response) => response.writeHead(200, { 'content-length': '1000' }).write('x'),
  '/endless.png': (_, response) => {
    const timer = setInterval(() => response.write('xxxxxxxx'), 1);
    response.on('close', () => {
      clearInterval(timer);
      endlessIsClosed = true;
    });
  },
  '/silent.png': () => {},
  '/broken.png': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('x');
    setTimeout(() => response.destroy(), 5);
  },
};

let server: TlsServer;
let origin = '';
let endlessIsClosed = false;
beforeAll(async () => {
  server = await openTlsServer([], (request, response) => answers[request.url?.split('?')[0] ?? '']?.(request, response));
  origin = `https://127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

const allowRemote = (): RemoteImages => ({ privateHosts: ['127.0.0.1'], ca: server.ca });
const read = async (path: string, maxBytes = 100): ReturnType<typeof readImageSource> =>
  readImageSource(`${origin}${path}`, { allowRemote: allowRemote(), maxBytes });
const refusal = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/\w/) });

describe('fetchImage, where remote images are allowed', () => {
  test('reads an image, also behind a redirect, and keeps the query out of its name', async () => {
    expect(await read('/page.png?token=secret')).toEqual({ bytes: Buffer.from([1, 2, 3]), name: `${origin}/page.png` });
    expect([...(await read('/moved.png')).bytes]).toEqual([1, 2, 3]);
  });

  test('reads exactly the limit and not one byte more', async () => {
    expect((await read('/page.png', 3)).bytes).toHaveLength(3);
    await expect(read('/page.png', 2)).rejects.toThrow(refusal('IMAGE_TOO_LARGE', /3 bytes; at most 2/));
  });

  test('names the status of an answer that is no image', async () => {
    await expect(read('/gone.png')).rejects.toThrow(refusal('IMAGE_NOT_FOUND', /status 410/));
    await expect(read('/locked.png')).rejects.toThrow(refusal('IMAGE_UNREADABLE', /status 403/));
    await expect(read('/nothing.png')).rejects.toThrow(refusal('IMAGE_UNREADABLE', /0 bytes/));
  });

  test('believes a length that is too large, and counts where none is given', async () => {
    await expect(read('/declared.png')).rejects.toThrow(refusal('IMAGE_TOO_LARGE', /1,000 bytes; at most 100/));
    await expect(read('/endless.png')).rejects.toThrow(refusal('IMAGE_TOO_LARGE', /at most 100/));
    await expect.poll(() => endlessIsClosed).toBe(true);
  });

  test('reports a connection that breaks or never was', async () => {
    await expect(read('/broken.png', 10_000)).rejects.toThrow(refusal('IMAGE_UNREADABLE', /could not be fetched/));
    const nobody = readImageSource('https://127.0.0.1:1/page.png', { allowRemote: allowRemote() });
    await expect(nobody).rejects.toThrow(refusal('IMAGE_UNREADABLE', /could not be fetched/));
  });

  test('waits no longer than the time limit', async () => {
    const work = fetchImage(new URL(`${origin}/silent.png`), 'silent.png', {
      maxBytes: 100,
      timeoutMs: 50,
      privateHosts: ['127.0.0.1'],
      ca: server.ca,
    });
    await expect(work).rejects.toThrow(refusal('IMAGE_UNREADABLE', /did not arrive within 50 ms/));
  });

  test('stops with the reason when aborted', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const work = readImageSource(`${origin}/silent.png`, { allowRemote: allowRemote(), signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(work).rejects.toBe(reason);
  });
});
