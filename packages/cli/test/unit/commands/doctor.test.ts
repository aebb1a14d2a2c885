import type { Finding } from '@h2ovl/core';
import { describe, expect, it } from 'vitest';
import { runFake } from '../fake-world.ts';

const fine: Finding = { level: 'ok', topic: 'Node', message: 'Version 22.' };
const odd: Finding = { level: 'warning', topic: 'models', message: 'None is here.', next: "Get one with: pullModel('0.8b')" };
const bad: Finding = { level: 'problem', topic: 'disk', message: 'It is full.', next: 'Free some space.' };
const doctor = (findings: readonly Finding[], ...flags: string[]) => runFake(['doctor', ...flags], { examine: async () => [...findings] });

describe('h2ovl doctor', () => {
  it('prints every finding with its next move', async () => {
    const run = await doctor([fine, odd]);
    expect(run).toEqual({
      exitCode: 0,
      stderr: '',
      stdout:
        'ok       Node    Version 22.\nWARNING  models  None is here.\n                 Next: Get one with: h2ovl pull 0.8b\n\nEverything works. Warnings: 1.\n',
    });
  });

  it('ends with 1 when something does not work', async () => {
    const run = await doctor([fine, odd, bad]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/Something does not work\. Problems: 1, warnings: 1\.\n$/);
  });

  it('prints JSON for programs', async () => {
    expect(JSON.parse((await doctor([fine, bad], '--json')).stdout)).toEqual({ isHealthy: false, findings: [fine, bad] });
  });
});
