import type { ErrorEnvelope } from '@h2ovl/contract/wire';
import { expect, test } from 'vitest';
import { runToProblem } from '../helpers/run-node.ts';
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
  [400, envelope('IMAGE_UNREADABLE', 'The file is cut off.'), 'The server cannot read this image'],
  [400, envelope('INVALID_ARGUMENT', 'max_tiles is -1.'), 'The server did not understand the request'],
  [401, envelope('UNAUTHORIZED', 'No token.'), 'The server does not accept the API key'],
  [403, envelope('FORBIDDEN', 'Host h is not allowed.'), 'The server does not let n8n in'],
  [404, envelope('MODEL_NOT_FOUND', 'No model 3b.'), 'The server does not have this model'],
  [404, undefined, 'The server does not know this path'],
  [413, envelope('BODY_TOO_LARGE', 'The body has 90 MB.'), 'The image is larger than the server takes'],
  [415, envelope('UNSUPPORTED_MEDIA_TYPE', 'Not JSON.'), 'The server does not read this kind of file'],
  [422, envelope('OUTPUT_INVALID', 'It does not fit.'), 'The answer of the model does not fit the schema'],
  [429, envelope('QUEUE_FULL', '16 are waiting.'), 'The server is busy and its queue is full'],
  [503, envelope('MODEL_LOADING', 'The model loads.'), 'The server is not ready yet'],
  [500, envelope('INTERNAL', 'Something broke.'), 'The server answered with status 500'],
])('status %i keeps its code, our words and the words of the server', async (status, error, message) => {
  await using server = await startStubServer(() => ({ type: 'refusal', status, ...(error === undefined ? {} : { error }) }));
  const problem = await runToProblem({ baseUrl: server.baseUrl });
  expect(problem.message).toBe(message);
  expect(problem.httpCode).toBe(String(status));
  expect(problem.description).toContain(error?.message ?? 'Base URL');
});

test.each([
  ['7', 'Try again in 7 s'],
  [new Date(Date.now() + 30_000).toUTCString(), /Try again in (29|30) s/],
  ['soon', 'Try again in a moment'],
])('a full queue says when to come back: Retry-After %s', async (retryAfter, words) => {
  await using server = await startStubServer(() => ({ type: 'refusal', status: 429, headers: { 'retry-after': retryAfter } }));
  const problem = await runToProblem({ baseUrl: server.baseUrl });
  expect(problem.description).toMatch(words);
  expect(problem.description).toContain('Retry On Fail');
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
