import { VisionError } from '@h2ovl/contract';
import { describe, expect, it } from 'vitest';
import type { CoreLibrary } from '../../../src/core-library.ts';
import { runFake } from '../fake-world.ts';

const library = {
  loadModel: async () => {
    throw new VisionError('MODEL_NOT_FOUND', 'nano is not installed.', { hint: 'Get one with: h2ovl pull 0.8b' });
  },
  describeRuntime: async () => ({ adapter: 'ffi', executionProvider: 'cpu', version: '1.2.3', threads: 2, reasons: ['It loads here.'] }),
  listCpuFeatures: () => ['avx2'],
  cacheDirectory: () => '/cache',
} as unknown as CoreLibrary;

describe('h2ovl info without a model', () => {
  it('tells runtime, processor and cache all the same', async () => {
    const run = await runFake(['info'], library, { h2ovl: 'npx h2ovl' });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^model +none: nano is not installed\. Get one with: npx h2ovl pull 0\.8b$/m);
    expect(run.stdout).toMatch(/^runtime +ONNX Runtime 1\.2\.3, cpu, ffi adapter$/m);
    expect(run.stdout).toMatch(/^cache +\/cache$/m);
  });

  it('fails where a model was named', async () => {
    const run = await runFake(['info', '--model', 'x', '--json'], library);
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[MODEL_NOT_FOUND]') });
    expect(JSON.parse(run.stdout)).toMatchObject({ model: null, error: { code: 'MODEL_NOT_FOUND' }, cacheDirectory: '/cache' });
  });
});
