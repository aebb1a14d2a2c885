import { VisionError } from '@h2ovl/contract';
import { describe, expect, it } from 'vitest';
import { runFake } from '../fake-world.ts';

const missing = new VisionError('MODEL_NOT_FOUND', 'The package @h2ovl/nano is not installed.', { hint: 'Install it.' });
const info = (...flags: string[]) =>
  runFake(['info', ...flags], {
    loadModel: () => Promise.reject(missing),
    listCpuFeatures: () => ['AVX2'],
    cacheDirectory: () => '/cache',
  });

describe('h2ovl info without the small model', () => {
  it('tells what does not need it, when nobody asked for it', async () => {
    const { exitCode, stdout } = await info();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^model +none\. The package @h2ovl\/nano is not installed\. Install it\.\nprocessor +AVX2\ncache +\/cache\n$/);
    expect(JSON.parse((await info('--json')).stdout)).toEqual({
      model: null,
      problem: { message: missing.message, hint: missing.hint },
      cpuFeatures: ['AVX2'],
      cacheDirectory: '/cache',
    });
  });

  it('fails when it was asked for', async () => {
    expect(await info('--model', 'nano')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[MODEL_NOT_FOUND]') });
  });
});
