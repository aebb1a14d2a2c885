import { expect, test } from 'vitest';
import { LateFailures } from '../../../src/http/late-failures.ts';

const request = (path = '/v1/chat/completions', headers: Record<string, string> = {}): Request =>
  new Request(`http://localhost${path}`, { method: 'POST', headers });
const body = (digest: string): { digest: string } => ({ digest });
const failure = (code: string, status = 422): Response => Response.json({ error: { code } }, { status });

test('the same request gets the status, as often as it asks within a minute, and is told how old it is', async () => {
  let now = 0;
  const failures = new LateFailures({ now: () => now });
  await failures.keep(request(), body('a'), failure('SESSION_FAILED', 500));
  now = 30_500;
  for (const _ of [1, 2]) {
    const found = failures.find(request(), body('a'));
    expect([found?.status, found?.headers.get('age'), found?.headers.get('x-should-retry')]).toEqual([500, '30', 'false']);
    expect(await found?.json()).toEqual({ error: { code: 'SESSION_FAILED' } });
  }
  now = 60_000;
  expect(failures.find(request(), body('a'))).toBeUndefined();
  expect(failures.bytes).toBe(0);
});

test('nobody gets the failure of another request, path or client', async () => {
  const failures = new LateFailures();
  await failures.keep(request('/v1/read', { authorization: 'Bearer one' }), body('a'), failure('X'));
  expect(failures.find(request('/v1/read', { authorization: 'Bearer one' }), body('a'))?.status).toBe(422);
  for (const [path, authorization, digest] of [
    ['/v1/read', 'Bearer two', 'a'],
    ['/v1/read', '', 'a'],
    ['/v1/read', 'Bearer one', 'b'],
    ['/v1/ask', 'Bearer one', 'a'],
    ['/v1/read?x=1', 'Bearer one', 'a'],
  ] as const) {
    expect([path, authorization, digest, failures.find(request(path, { authorization }), body(digest))?.status]).toEqual([
      path,
      authorization,
      digest,
      undefined,
    ]);
  }
});

test('memory is bounded: the oldest make room, and the same request counts once', async () => {
  const failures = new LateFailures({ maxBytes: 300 });
  const large = 'x'.repeat(80);
  for (const digest of ['a', 'a', 'b', 'c']) await failures.keep(request(), body(digest), failure(large));
  expect(failures.bytes).toBeLessThanOrEqual(300);
  expect(['a', 'b', 'c'].map((digest) => failures.find(request(), body(digest))?.status)).toEqual([undefined, 422, 422]);
  await failures.keep(request(), body('huge'), failure('x'.repeat(1000)));
  expect(failures.find(request(), body('huge'))).toBeUndefined();
  expect(failures.find(request(), body('c'))?.status).toBe(422);
});
