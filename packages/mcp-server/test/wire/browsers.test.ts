import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { fakeEngine } from '../helpers/fake-model.ts';
import { type RunningServer, startHttp } from '../helpers/start-server.ts';

let server: RunningServer;
afterEach(() => server?.stop());

const page = 'http://localhost:5173';

/** As a browser sends it: fetch does not let a program choose Origin. */
async function send(method: string, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const request = httpRequest(`${server.url}${path}`, { method, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

const preflight = (origin: string, path = '/v1/chat/completions'): Promise<IncomingMessage> =>
  send('OPTIONS', path, {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, content-type, x-stainless-lang, bad name, "quoted"',
  });

test('a named origin is told what it may send, without the token, and may read answers and errors', async () => {
  server = await startHttp(fakeEngine(), ['--allowed-origin', page, '--allowed-origin', 'https://app.example.com'], {
    H2OVL_API_KEY: 'key',
  });
  const asked = await preflight(page);
  expect([asked.statusCode, asked.headers['content-length'] ?? '0']).toEqual([204, '0']);
  expect(asked.headers).toMatchObject({
    'access-control-allow-origin': page,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type, x-stainless-lang',
    vary: 'Origin',
  });
  expect(asked.headers['access-control-allow-credentials']).toBeUndefined(); // tokens are sent by hand, cookies never
  expect((await preflight('https://app.example.com', '/mcp')).headers['access-control-allow-methods']).toBe('GET, POST, DELETE');

  const answered = await send('GET', '/v1/models', { origin: page, authorization: 'Bearer key' });
  expect([answered.statusCode, answered.headers['access-control-allow-origin'], answered.headers.vary]).toEqual([200, page, 'Origin']);
  expect(answered.headers['access-control-expose-headers']).toContain('x-request-id');
  const refused = await send('GET', '/v1/models', { origin: page });
  expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, page]);
  const missing = await send('GET', '/v1/nothing', { origin: page, authorization: 'Bearer key' });
  expect([missing.statusCode, missing.headers['access-control-allow-origin']]).toEqual([404, page]);
});

test('origins that are not named get nothing, pages of this machine included', async () => {
  server = await startHttp(fakeEngine(), ['--allowed-origin', page]);
  for (const origin of [
    'https://evil.example.com',
    'null',
    'http://localhost:5174',
    'https://localhost:5173',
    'http://localhost:5173.evil.com',
  ]) {
    const asked = await preflight(origin);
    expect([origin, asked.statusCode, asked.headers['access-control-allow-origin']]).toEqual([origin, 403, undefined]);
  }
  const local = await send('GET', '/v1/models', { origin: 'http://localhost:5174' });
  expect([local.statusCode, local.headers['access-control-allow-origin'], local.headers.vary]).toEqual([200, undefined, 'Origin']);
  const plain = await send('GET', '/v1/models', {});
  expect([plain.statusCode, plain.headers['access-control-allow-origin'], plain.headers.vary]).toEqual([200, undefined, 'Origin']);
});

test('without the option no page may read anything, and a name of this host lets no page in', async () => {
  server = await startHttp(fakeEngine(), ['--allowed-host', 'app.example.com']);
  const asked = await preflight('https://app.example.com');
  expect([asked.statusCode, asked.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  const answered = await send('GET', '/v1/models', { origin: page });
  expect([answered.headers['access-control-allow-origin'], answered.headers.vary]).toEqual([undefined, undefined]);
});

test('a foreign Host is refused in a preflight, too', async () => {
  server = await startHttp(fakeEngine(), ['--allowed-origin', page]);
  const asked = await send('OPTIONS', '/mcp', { host: 'evil.example.com', origin: page, 'access-control-request-method': 'POST' });
  expect([asked.statusCode, asked.headers['access-control-allow-origin']]).toEqual([403, page]);
});
