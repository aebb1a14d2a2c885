import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { longPage } from '../../../dev/src/testing/nano-samples.ts';
import { coreEngine } from '../../src/engine.ts';
import { type RunningServer, startHttp } from '../helpers/start-server.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await startHttp(coreEngine, ['--model', 'nano']);
});

afterAll(() => server.stop());

interface Answered {
  readonly pages: readonly [
    {
      readonly text: string;
      readonly verdict: { readonly kind: string };
      readonly warnings: readonly string[];
      readonly work: { readonly timings: { readonly prefill_ms: number; readonly decode_ms: number } };
    },
  ];
}

async function read(options: object): Promise<Answered['pages'][0]> {
  const response = await fetch(`${server.url}/v1/read`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      document: { data: readFileSync(longPage.path).toString('base64'), name: 'receipt.png' },
      ...{ mode: 'model', read_blank: true, rotate: 0, support: false, retry: false },
      ...options,
    }),
  });
  return ((await response.json()) as Answered).pages[0];
}

test('what was read when the time of a page was over is its result over HTTP, in the words of a request', async () => {
  const whole = await read({});
  expect(whole.verdict.kind).toBe('ok');
  const { prefill_ms, decode_ms } = (await read({ max_output_tokens: 2999 })).work.timings; // what is kept of the page is not computed again, as below
  for (const share of [0.5, 0.7, 0.35, 0.85, 0.2, 1]) {
    const page_budget_ms = Math.round(prefill_ms + share * decode_ms);
    const { text, verdict, warnings } = await read({ page_budget_ms, max_output_tokens: 3000 + Math.round(share * 100) });
    if (verdict.kind !== 'timed-out' || text === '') continue;
    expect(whole.text.startsWith(text)).toBe(true);
    expect(text.length).toBeLessThan(whole.text.length);
    expect(warnings).toContainEqual(expect.stringMatching(/its time was over\. Raise page_budget_ms, or lower max_output_tokens\./));
    return;
  }
  throw new Error('No budget ended in the middle of the page.');
}, 600_000);
