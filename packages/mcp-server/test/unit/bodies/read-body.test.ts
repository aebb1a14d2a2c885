import { expect, test } from 'vitest';
import { BodyBudget, readBody } from '../../../src/bodies/read-body.ts';

function makeRequest(...chunks: readonly (string | Uint8Array)[]): Request {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      controller.close();
    },
  });
  return new Request('http://localhost', { method: 'POST', body, duplex: 'half' } as RequestInit);
}

test('reads a body of exactly the limit and refuses one byte more, in pieces or declared', async () => {
  const budget = new BodyBudget(100);
  expect((await readBody(makeRequest('12345', '67890'), { maxBytes: 10, budget })).text).toBe('1234567890');
  await expect(readBody(makeRequest('12345', '678901'), { maxBytes: 10, budget })).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  const declared = { headers: new Headers({ 'content-length': '11' }), body: null } as Request;
  await expect(readBody(declared, { maxBytes: 10, budget })).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  expect(budget.held).toBe(10); // of the one that was read and not yet released
});

test('joins characters that were cut between pieces, and refuses what is not UTF-8', async () => {
  const [first, second] = [Buffer.from('ä').subarray(0, 1), Buffer.from('ä').subarray(1)];
  expect((await readBody(makeRequest(first, second), { maxBytes: 10, budget: new BodyBudget(100) })).text).toBe('ä');
  const budget = new BodyBudget(100);
  await expect(readBody(makeRequest(first), { maxBytes: 10, budget })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(budget.held).toBe(0);
});

test('all bodies together stay below the budget; a released one makes room', async () => {
  let now = 0;
  const budget = new BodyBudget(15, () => now);
  const before = await readBody(makeRequest('1'), { maxBytes: 10, budget });
  now = 9000;
  before.release(); // bodies are held for 9 s
  const first = await readBody(makeRequest('1234567890'), { maxBytes: 10, budget });
  now = 12_000;
  await expect(readBody(makeRequest('1234567890'), { maxBytes: 10, budget })).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    retryAfterMs: 6000,
  });
  first.release();
  first.release();
  expect(budget.held).toBe(0);
  expect((await readBody(makeRequest('1234567890'), { maxBytes: 10, budget })).text).toBe('1234567890');
});
