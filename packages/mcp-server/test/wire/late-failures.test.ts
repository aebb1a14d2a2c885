import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios, { AxiosError } from 'axios';
import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LateServer, lateFailure, startLateServer } from '../helpers/late-server.ts';

let server: LateServer;
beforeEach(async () => {
  server = await startLateServer();
});
afterEach(() => server.close());

const chat = { model: 'fake', messages: [{ role: 'user' as const, content: 'Hello.' }] };
const body = JSON.stringify(chat);
const post = (authorization = 'Bearer one'): Promise<Response> =>
  fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization }, body });

/** Sends the request and lets the work fail once the headers are there. */
async function failAfterHeaders(): Promise<Response> {
  const response = await post();
  server.fail();
  return response;
}

test('fetch: the body ends with an error, the same request gets the status at once and without the model, another client does not', async () => {
  const response = await failAfterHeaders();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  await expect(response.text()).rejects.toThrow();
  expect(server.model.requests).toHaveLength(1);

  const again = await post();
  expect([again.status, again.headers.get('x-should-retry'), again.headers.get('age')]).toEqual([
    400,
    'false',
    expect.stringMatching(/^\d+$/),
  ]);
  expect(await again.json()).toMatchObject({ error: { code: lateFailure.code, message: lateFailure.message, hint: lateFailure.hint } });
  expect(server.model.requests).toHaveLength(1);

  const other = await post('Bearer two');
  expect(other.status).toBe(200);
  expect(server.model.requests).toHaveLength(2);
  server.fail();
  await expect(other.text()).rejects.toThrow();
});

test('openai: the answer is an error and never an object without choices; its second try names the cause, once', async () => {
  let tries = 0;
  const client = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: 'x',
    maxRetries: 2,
    fetch: async (url, init) => {
      tries += 1;
      const response = await fetch(url as string, init);
      server.fail();
      return response;
    },
  });
  const first = await client.chat.completions.create(chat).catch((error: unknown) => error);
  expect(first).toBeInstanceOf(Error);
  const second = await client.chat.completions.create(chat).catch((error: unknown) => error);
  expect(second).toMatchObject({ status: 400, code: lateFailure.code });
  expect([tries, server.model.requests.length]).toEqual([2, 1]);
});

test('axios: the cut body is an error and never an answer; the second try names the cause', async () => {
  const send = (): Promise<unknown> =>
    axios
      .post(`${server.url}/v1/chat/completions`, chat, {
        headers: { authorization: 'Bearer one' },
        onDownloadProgress: () => server.fail(), // the first bytes of the body are there
        proxy: false,
      })
      .then(({ status }) => status)
      .catch((error: unknown) => error);
  const first = await send();
  expect(first).toBeInstanceOf(AxiosError);
  expect((first as AxiosError).response?.data).toBeUndefined();
  const second = (await send()) as AxiosError;
  expect([second.response?.status, second.response?.data]).toMatchObject([400, { error: { code: lateFailure.code } }]);
  expect(server.model.requests).toHaveLength(1);
});

test('openai: a failure that it would send again twice is not done three times', async () => {
  await server.close();
  server = await startLateServer({ failure: new Error('unforeseen') });
  const response = await failAfterHeaders();
  await expect(response.text()).rejects.toThrow();
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'one', maxRetries: 2 });
  const error = await client.chat.completions.create(chat).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ status: 500, code: 'INTERNAL' });
  expect(server.model.requests).toHaveLength(1);
});

test('a failure before the status is the status, and nothing of it is kept', async () => {
  await server.close();
  server = await startLateServer({ statusAfterMs: 60_000 });
  const answer = post();
  while (server.model.running === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  server.fail();
  expect((await answer).status).toBe(400);
  const again = post();
  while (server.model.running === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  server.fail();
  expect((await again).headers.get('age')).toBeNull();
  expect(server.model.requests).toHaveLength(2);
});

test('HTTP/1.0: a body that only the end of the connection ends is ended by a reset', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    if (/\r\n\r\n +$/.test(text)) server.fail();
  });
  const [error] = (await once(socket, 'error').catch((caught: unknown) => [caught])) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  expect(text).not.toMatch(/transfer-encoding/i);
});

/** Runs a program of another maker; lets the work fail once it has shown the status. */
async function runClient(command: string, args: readonly string[], sign: RegExp): Promise<{ code: number; output: string }> {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk;
    if (sign.test(output)) server.fail();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

const has = (command: string, ...args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const python = `
import sys
from urllib.parse import urlsplit
url, body, which = sys.argv[1:4]
headers = {"content-type": "application/json", "authorization": "Bearer one"}
if which == "http.client":
    import http.client
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("POST", "/v1/chat/completions", body, headers)
    response = connection.getresponse()
    print("status", response.status, flush=True)
    print("read", response.read())
else:
    import requests
    response = requests.post(url + "/v1/chat/completions", data=body, headers=headers, stream=True)
    print("status", response.status_code, flush=True)
    print("read", response.json())
`;

const clients: readonly (readonly [name: string, isThere: boolean, run: (folder: string) => Promise<{ code: number; output: string }>])[] =
  [
    [
      'curl',
      has('curl', '--version'),
      () =>
        runClient(
          'curl',
          [
            '-sS',
            '-N',
            '-i',
            '-H',
            'content-type: application/json',
            '-H',
            'authorization: Bearer one',
            '-d',
            body,
            `${server.url}/v1/chat/completions`,
          ],
          /HTTP\/1.1 \d+/,
        ),
    ],
    ...(['http.client', 'requests'] as const).map(
      (library) =>
        [
          `Python ${library}`,
          has('python3', '-c', `import ${library}`),
          (folder: string) => runClient('python3', [join(folder, 'client.py'), server.url, body, library], /status \d+/),
        ] as const,
    ),
  ];

for (const [name, isThere, run] of clients) {
  if (!isThere) console.warn(`${name} is not on this machine: what it makes of a late failure is NOT tested.`);
  test.skipIf(!isThere)(`${name}: ends with an error, and its second try shows the status`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'h2ovl-late-'));
    await writeFile(join(folder, 'client.py'), python);
    const first = await run(folder);
    expect([name, first.code === 0, first.output]).toEqual([name, false, expect.stringMatching(/(HTTP\/1.1|status) 200/)]);
    const second = await run(folder);
    expect(second.output).toMatch(/(HTTP\/1.1|status) 400/);
    expect(server.model.requests).toHaveLength(1);
    await rm(folder, { recursive: true, force: true });
  });
}
