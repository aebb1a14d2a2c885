import { expect, test } from 'vitest';
import { slowJson } from '../../../src/http/slow-json.ts';
import { streamCompletion } from '../../../src/http/stream-completion.ts';
import { makeAnswer } from '../../helpers/fake-model.ts';

const after = <T>(ms: number, value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), ms));
const failAfter = (ms: number): Promise<never> => after(ms, 0).then(() => Promise.reject(new Error('failed')));
const onError = (): Response => Response.json({ error: { code: 'X' } }, { status: 422 });
const unused = (): void => {};
const calm = { onError, onCancel: unused, onLateError: async () => false, statusAfterMs: 30_000 };

/** The whole body; `then` is called once what has come matches: a busy machine may take its time. */
async function readUntil(response: Response, pattern: RegExp, then: () => void): Promise<string> {
  let text = '';
  let isFound = false;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if (isFound || !pattern.test(text)) continue;
    isFound = true;
    then();
  }
  return text;
}

test('a quick JSON answer keeps its status, good or bad', async () => {
  expect(await (await slowJson({ ...calm, result: after(1, { a: 1 }) })).json()).toEqual({ a: 1 });
  expect((await slowJson({ ...calm, result: failAfter(1) })).status).toBe(422);
});

test('a slow JSON answer sends headers and then spaces, and is still valid JSON', async () => {
  let finish = (_value: object): void => {};
  const result = new Promise<object>((resolve) => {
    finish = resolve;
  });
  const response = await slowJson({ ...calm, result, statusAfterMs: 5, heartbeatMs: 10 });
  const text = await readUntil(response, / {3,}/, () => finish({ a: 1 }));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(text).toMatch(/^ {3,}\{"a":1\}$/);
  expect(JSON.parse(text)).toEqual({ a: 1 });
});

test('a failure after the headers ends the body with an error, whatever came before', async () => {
  const late: unknown[] = [];
  const onLateError = async (error: unknown): Promise<boolean> => {
    late.push(error);
    return false;
  };
  let fail = (_error: Error): void => {};
  const result = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const response = await slowJson({ ...calm, result, onLateError, statusAfterMs: 5, heartbeatMs: 10 });
  expect(response.status).toBe(200);
  await expect(readUntil(response, / {3}/, () => fail(new Error('failed')))).rejects.toThrow('after its status');
  expect(late).toEqual([new Error('failed')]);
});

test('a client that leaves a slow answer stops its work', async () => {
  let cancelled = 0;
  const onCancel = (): void => {
    cancelled += 1;
  };
  const response = await slowJson({ ...calm, result: after(50, 1), onCancel, statusAfterMs: 5 });
  await response.body?.cancel();
  expect(cancelled).toBe(1);
});

test('a stream says at once who speaks, keeps the line alive while nothing comes, and ends with [DONE]', async () => {
  let goOn = (): void => {};
  const silence = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const response = streamCompletion({
    head: { id: 'x', created: 0, model: 'fake' },
    includeUsage: false,
    includeProgress: true,
    run: async (onEvent) => {
      onEvent({ type: 'progress', phase: 'encode-image', done: 1, total: 3 });
      await silence;
      onEvent({ type: 'text-delta', delta: 'Hi' });
      return { answer: makeAnswer('Hi', 1), documents: [] };
    },
    onCancel: unused,
    describeError: () => ({ error: { message: '', type: 'server_error', param: null, code: 'INTERNAL' } }),
    heartbeatMs: 10,
  });
  const lines = (await readUntil(response, /(: working\n\n){2}/, goOn)).split('\n\n');
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(lines[0]).toContain('"role":"assistant"');
  expect(lines[1]).toContain('"progress":{"phase":"encode-image","done":1,"total":3}');
  expect(lines.filter((line) => line === ': working').length).toBeGreaterThanOrEqual(2);
  expect(lines.slice(-4)).toEqual([
    expect.stringContaining('"content":"Hi"'),
    expect.stringContaining('"finish_reason":"stop"'),
    'data: [DONE]',
    '',
  ]);
});

test('a failure in a stream is one error line, and no [DONE]', async () => {
  const response = streamCompletion({
    head: { id: 'x', created: 0, model: 'fake' },
    includeUsage: true,
    includeProgress: false,
    run: () => failAfter(1),
    onCancel: unused,
    describeError: () => ({ error: { message: 'm', type: 'server_error', param: null, code: 'SESSION_FAILED' } }),
  });
  const text = await response.text();
  expect(text).toMatch(/data: \{"error":\{"message":"m".*"code":"SESSION_FAILED"\}\}\n\n$/);
  expect(text).not.toContain('[DONE]');
});
