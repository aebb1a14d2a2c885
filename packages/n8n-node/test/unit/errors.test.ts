import type { ErrorEnvelope } from '@h2ovl/contract/wire';
import { expect, test } from 'vitest';
import { chooseWait } from '../../nodes/H2ovl/waiting.ts';
import { runNode, runToProblem } from '../helpers/run-node.ts';
import { startStubServer } from '../helpers/stub-server.ts';

function envelope(code: ErrorEnvelope['error']['code'], message: string, hint?: string): ErrorEnvelope['error'] {
  return { message, type: 'invalid_request_error', param: null, code, ...(hint === undefined ? {} : { hint }) };
}

test('a dead server: says the address and how to start one', async () => {
  const problem = await runToProblem({ baseUrl: 'http://127.0.0.1:9' });
  expect(problem.message).toBe('Nothing listens at http://127.0.0.1:9');
  expect(problem.description).toContain('host.docker.internal');
  expect(problem.context.itemIndex).toBe(0);
});

test('a timeout: says how long was waited and names the option', async () => {
  await using server = await startStubServer(() => ({ type: 'silence' }));
  const problem = await runToProblem({ baseUrl: server.baseUrl, parameters: { options: { timeout: 0.05 } } });
  expect(problem.message).toBe(`The server at ${server.baseUrl} gave no answer within 0.05 s`);
  expect(problem.description).toContain('Raise Timeout under Options');
});

test.each([
  ['an unknown host', { code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND h' }, 'The host of http://h is not known'],
  ['no DNS', { code: 'EAI_AGAIN', message: 'getaddrinfo EAI_AGAIN h' }, 'The host of http://h is not known'],
  ['no way there', { code: 'EHOSTUNREACH', message: 'x' }, 'There is no way to http://h'],
  [
    'a closed connection',
    { code: 'ECONNRESET', message: 'socket hang up' },
    'The server at http://h closed the connection before it answered',
  ],
  ['a certificate of its own', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'x' }, 'The certificate of http://h cannot be checked'],
  [
    'the SSRF guard',
    { name: 'SsrfBlockedIpError', message: 'The request was blocked because it resolves to a restricted IP address' },
    'n8n is set to block requests to private addresses, and http://h is one',
  ],
  ['anything else', { message: 'odd' }, 'The request to http://h did not go through'],
])('%s has words of its own', async (_case, fields, message) => {
  const problem = await runToProblem({ baseUrl: 'http://h', requestError: Object.assign(new Error(), fields) });
  expect(problem.message).toBe(message);
  expect(problem.description).not.toBe('');
});

test.each([
  [
    400,
    envelope('CONTEXT_OVERFLOW', 'The prompt has 9120 tokens; this model reads 8192.'),
    'The image and the prompt are too long for the model',
  ],
  [400, envelope('IMAGE_UNREADABLE', 'The file is cut off.'), "The server cannot read 'data.png'"],
  [400, envelope('DOCUMENT_UNREADABLE', 'The xref is broken.'), "The server cannot read 'data.png'"],
  [400, envelope('DOCUMENT_ENCRYPTED', 'A password is missing.'), "The server cannot open 'data.png'"],
  [400, envelope('PAGE_NOT_FOUND', 'It has 2 pages.'), "There is no such page in 'data.png'"],
  [400, envelope('SCHEMA_UNSUPPORTED', 'pattern cannot be enforced.'), 'The schema has a condition that the server cannot enforce'],
  [400, envelope('INVALID_ARGUMENT', 'tiles is -1.'), 'The server did not understand the request'],
  [401, envelope('UNAUTHORIZED', 'No token.'), 'The server does not accept the API key'],
  [403, envelope('FORBIDDEN', 'Host h is not allowed.'), 'The server does not let n8n in'],
  [404, envelope('MODEL_NOT_FOUND', 'No model 3b.'), 'The server does not have this model'],
  [404, undefined, 'The server does not know this path'],
  [413, envelope('BODY_TOO_LARGE', 'The body has 90 MB.'), 'The file is larger than the server takes'],
  [415, envelope('UNSUPPORTED_MEDIA_TYPE', 'Not JSON.'), 'The server does not read this kind of file'],
  [422, envelope('OUTPUT_INVALID', 'It does not fit.'), 'The answer of the model does not fit the schema'],
  [429, envelope('QUEUE_FULL', '16 are waiting.'), 'The server is busy and its queue is full'],
  [503, envelope('MODEL_LOADING', 'The model loads.'), 'The server is not ready yet'],
  [500, envelope('INTERNAL', 'Something broke.'), 'The server answered with status 500'],
])('status %i keeps its code, our words and the words of the server', async (status, error, message) => {
  const headers = { 'retry-after': '700' }; // longer than the time limit: there is no waiting for it
  await using server = await startStubServer(() => ({ type: 'refusal', status, headers, ...(error === undefined ? {} : { error }) }));
  const problem = await runToProblem({ baseUrl: server.baseUrl });
  expect(problem.message).toBe(message);
  expect(problem.httpCode).toBe(String(status));
  expect(problem.description).toContain(error?.message ?? 'Base URL');
});

test.each([
  ['7', 'Try again in 7 s'],
  [new Date(Date.now() + 3_000_000).toUTCString(), /Try again in (2[89]\d\d|3000) s/], // less by what the tests before it take
  ['soon', 'Try again in a moment'],
])('a full queue says when to come back: Retry-After %s', async (retryAfter, words) => {
  await using server = await startStubServer(() => ({ type: 'refusal', status: 429, headers: { 'retry-after': retryAfter } }));
  const problem = await runToProblem({ baseUrl: server.baseUrl, parameters: { options: { timeout: 2 } } });
  expect(problem.message).toBe('The server is busy and its queue is full');
  expect(problem.description).toMatch(words);
  expect(problem.description).toContain('Timeout under Options');
});

test.each([429, 503])('status %i is waited out as long as the server asks, and the item is read', async (status) => {
  let count = 0;
  await using server = await startStubServer(() => {
    count += 1;
    return count < 3 ? { type: 'refusal', status, headers: { 'retry-after': '0.02' } } : { type: 'text', text: 'read' };
  });
  const [item] = await runNode({ baseUrl: server.baseUrl });
  expect([item?.json.text, count]).toEqual(['read', 3]);
});

test('a 503 that does not go away by itself is told at once', async () => {
  await using server = await startStubServer(() => ({
    type: 'refusal',
    status: 503,
    error: envelope('RUNTIME_UNAVAILABLE', 'No runtime.'),
  }));
  expect((await runToProblem({ baseUrl: server.baseUrl })).description).toContain('No runtime.');
  expect(server.seen).toHaveLength(1);
});

test('Stop ends a wait for the server', async () => {
  await using server = await startStubServer(() => ({ type: 'refusal', status: 429, headers: { 'retry-after': '60' } }));
  const controller = new AbortController();
  const run = runToProblem({ baseUrl: server.baseUrl, signal: controller.signal });
  await expect.poll(() => server.seen.length).toBe(1);
  controller.abort();
  await run;
  expect(server.seen).toHaveLength(1);
});

test('a failure after the first byte keeps its words and its status', async () => {
  const error = envelope('IMAGE_UNREADABLE', 'The file is cut off.');
  await using server = await startStubServer(() => ({ type: 'refusal', status: 400, error, isLate: true }));
  for (const operation of ['readText', 'askQuestion']) {
    const problem = await runToProblem({ baseUrl: server.baseUrl, parameters: { operation } });
    expect([problem.httpCode, problem.description]).toEqual(['400', 'The file is cut off.']);
  }
});

test.each(['readText', 'askQuestion'])('%s: a stream that breaks off, or is no stream of ours, is told as that', async (operation) => {
  const bodies = {
    '': 'stopped in the middle of its answer',
    'data: {"type":"done","pages":0,"choices":[]}\n\ndata: [DONE]\n\n': 'did not arrive whole',
    'data: {"hello":1}\n\n': 'is not an h2ovl server',
    'data: [\n\n': 'did not go through',
  };
  for (const [body, words] of Object.entries(bodies)) {
    await using server = await startStubServer(() => ({ type: 'raw', body, contentType: 'text/event-stream' }));
    const problem = await runToProblem({ baseUrl: server.baseUrl, parameters: { operation } });
    expect(problem.message).toContain(words);
  }
});

test('a redirect is not followed, and named without what may be a secret', async () => {
  await using server = await startStubServer(() => ({
    type: 'refusal',
    status: 308,
    headers: { location: 'http://user:hunter2@other:1/v1/read?key=hunter2' },
  }));
  const problem = await runToProblem({ baseUrl: server.baseUrl });
  expect(problem.description).toContain('It names http://other:1/v1/read.');
  expect(server.seen).toHaveLength(1);
});

test('no message repeats the password of a Base URL', async () => {
  for (const baseUrl of ['http://user:hunter2@127.0.0.1:9', 'user:hunter2@h']) {
    const problem = await runToProblem({ baseUrl });
    expect(`${problem.message} ${problem.description}`).not.toContain('hunter2');
  }
});

test('the hint of the server is passed on', async () => {
  const error = envelope('MODEL_NOT_FOUND', 'No model 3b', 'This server has 2b.');
  await using server = await startStubServer(() => ({ type: 'refusal', status: 404, error }));
  const problem = await runToProblem({ baseUrl: server.baseUrl });
  expect(problem.description).toBe('No model 3b. This server has 2b. Choose another one from the list in Model.');
});

test('another program at the address is told from a server of ours', async () => {
  await using server = await startStubServer(() => ({ type: 'raw', body: '<html>router</html>' }));
  const problem = await runToProblem({ baseUrl: server.baseUrl });
  expect(problem.message).toBe(`What answered at ${server.baseUrl} is not an h2ovl server`);
});

test('a Base URL without http is refused', async () => {
  const problem = await runToProblem({ baseUrl: '127.0.0.1:7878' });
  expect(problem.message).toBe("The Base URL '127.0.0.1:7878' of the credential is not a web address");
});

test('a server that is busy for 0 seconds again and again is asked less and less often', () => {
  const waits = [0, 1, 5, 9, 30].map((tries) => chooseWait({ status: 429, body: {}, headers: { 'retry-after': '0' } }, tries));
  expect(waits).toEqual([20, 40, 640, 8000, 8000]);
  expect(chooseWait({ status: 429, body: {}, headers: { 'retry-after': '7' } }, 3)).toBe(7000);
});
