import type { SelfTestCheck } from '@h2ovl/core';
import { describe, expect, it } from 'vitest';
import { runFake } from '../fake-world.ts';

const passed: SelfTestCheck = { outcome: 'passed', topic: 'tokenizer', message: 'As expected.' };
const failed: SelfTestCheck = { outcome: 'failed', topic: 'norm logits', message: 'Far off.' };
const selftest = (checks: readonly SelfTestCheck[], ...flags: string[]) =>
  runFake(['selftest', 'm', ...flags], { selfTest: async (model) => ({ model, checks }) });

describe('h2ovl selftest', () => {
  it('prints one line for each comparison', async () => {
    expect(await selftest([passed])).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: 'm, balanced\npassed    tokenizer  As expected.\n\nPassed: 1, failed: 0, skipped: 0.\n',
    });
  });

  it('ends with 1 when something failed, in JSON too', async () => {
    const run = await selftest([passed, failed], '--json');
    expect([run.exitCode, JSON.parse(run.stdout)]).toEqual([1, { model: 'm', checks: [passed, failed] }]);
  });

  it('compares no precision with itself', async () => {
    expect(await selftest([], '--precision', 'exact')).toMatchObject({ exitCode: 2 });
  });
});
