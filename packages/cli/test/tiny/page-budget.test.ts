import { expect, it } from 'vitest';
import { longPage } from '../../../dev/src/testing/nano-samples.ts';
import { runCliProcess, temporaryFolder } from './cli-process.ts';

const home = temporaryFolder();
const read = ['read', longPage.path, '--mode', 'model', '--model', 'nano', '--rotate', '0', '--read-blank', '--no-retry', '--json'];

interface Line {
  readonly text: string;
  readonly verdict: { readonly kind: string };
  readonly timings: { readonly imageMs: number; readonly visionMs: number; readonly prefillMs: number; readonly decodeMs: number };
  readonly warnings: readonly string[];
}

it('prints what was read when --page-budget was over, and says so in the words of the command line', async () => {
  const whole = JSON.parse((await runCliProcess(read, { home })).stdout) as Line;
  expect(whole.verdict.kind).toBe('ok');
  const { imageMs, visionMs, prefillMs, decodeMs } = whole.timings;
  for (const share of [0.5, 0.7, 0.35, 0.85, 0.2, 1]) {
    const seconds = (imageMs + visionMs + prefillMs + share * decodeMs) / 1000;
    const { code, stdout, stderr } = await runCliProcess([...read, '--page-budget', seconds.toFixed(3)], { home });
    const { text, verdict, warnings } = JSON.parse(stdout) as Line;
    if (verdict.kind !== 'timed-out' || text === '') continue;
    expect(whole.text.startsWith(text)).toBe(true);
    expect(text.length).toBeLessThan(whole.text.length);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/its time was over\. Raise --page-budget, or lower --max-tokens/)]);
    expect(warnings).toContainEqual(expect.stringMatching(/its time was over/));
    return;
  }
  throw new Error('No budget ended in the middle of the page.');
}, 300_000);
