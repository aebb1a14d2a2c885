import { VisionError } from '@h2ovl/contract';
import type { DeviceReport, ModelInfo, ProbeDevicesOptions } from '@h2ovl/core';
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

const infoOf = (directory: string): ModelInfo => ({
  ...{ architecture: 'a/b', parameters: 1e6, contextLength: 4096, maxTiles: 6, tokensPerTile: 256, reasons: [], directory },
  weights: { name: 'balanced', vision: 'float32', language: 'int8', head: 'int8' },
  runtime: { name: 'onnxruntime', version: '1.2.3', device: 'webgpu', adapter: 'ffi', threads: 2 },
});

describe('h2ovl info --verify', () => {
  const manifest = { files: { 'a.onnx': { size: 10 }, 'a.onnx.data': { size: 90 } } };
  /** A model that is opened from `used`, where `there` was converted before. */
  const verifying = (there: readonly string[], used: string) => {
    const verified: string[] = [];
    const precisions: string[] = [];
    const verifyingLibrary = {
      ...library,
      locateModel: async () => ({ type: 'checkpoint', directory: '/original', name: 'mine' }),
      findConversions: async (_checkpoint: string, precision: string) => {
        precisions.push(precision);
        return there.map((directory) => ({ directory, manifest }));
      },
      readManifest: async () => manifest,
      verifyFiles: async (directory: string) => void verified.push(directory),
      loadModel: async () => ({ id: 'mine', info: async () => infoOf(used), dispose: async () => {} }),
    } as unknown as CoreLibrary;
    return { verifyingLibrary, verified, precisions };
  };

  it('hashes every form of the model that is there, the one for the CPU and the one for a GPU', async () => {
    const { verifyingLibrary, verified, precisions } = verifying(['/cache/cpu', '/cache/gpu'], '/cache/gpu');
    const run = await runFake(['info', '--verify', '--precision', 'fast'], verifyingLibrary);
    expect(verified).toEqual(['/cache/cpu', '/cache/gpu']);
    expect(precisions).toEqual(['fast']);
    expect(run.stdout).toMatch(/^verified +4 files in 2 forms of the model, .* SHA-256 is as the manifest says$/m);
  });

  it('hashes the form that was made while the model was opened, and makes no other', async () => {
    const { verifyingLibrary, verified } = verifying(['/cache/cpu'], '/cache/gpu');
    expect((await runFake(['info', '--verify'], verifyingLibrary)).exitCode).toBe(0);
    expect(verified).toEqual(['/cache/cpu', '/cache/gpu']);
    const fresh = verifying([], '/cache/gpu');
    const run = await runFake(['info', '--verify', '--json'], fresh.verifyingLibrary);
    expect(fresh.verified).toEqual(['/cache/gpu']);
    expect(JSON.parse(run.stdout)).toMatchObject({ verified: { folders: 1, files: 2, bytes: 100 } });
  });
});

describe('h2ovl info of a model on two devices', () => {
  it('names both', async () => {
    const info = { ...infoOf('/x'), runtime: { ...infoOf('/x').runtime, device: 'cpu', visionDevice: 'webgpu' } };
    const opened = { ...library, loadModel: async () => ({ id: 'mine', info: async () => info, dispose: async () => {} }) };
    const run = await runFake(['info'], opened as unknown as CoreLibrary);
    expect(run.stdout).toMatch(/^runtime +ONNX Runtime 1\.2\.3, cpu \(vision part: webgpu\), ffi adapter$/m);
  });
});

describe('h2ovl info --probe', () => {
  const report: DeviceReport = {
    chosen: 'cpu',
    why: 'The CPU computes, since the GPU cannot be trusted: It fell. Another try: probeDevices({ reprobe: true }).',
    adapters: [{ name: 'Card 9', kind: 'discrete', memoryBytes: 8e9, driverVersion: '1' }],
    devices: [
      {
        device: 'cpu',
        state: 'right',
        adapter: undefined,
        notes: [],
        speed: { promptRows: 1234.5, steps: 56.78 },
        triedAt: '2026-01-02T03:04:05.000Z',
      },
      { device: 'webgpu', state: 'crashed', adapter: 'Card 9', notes: ['It fell.'], speed: undefined, triedAt: '2026-01-02T03:04:05.000Z' },
    ],
  };
  const asked: ProbeDevicesOptions[] = [];
  const probing = {
    probeDevices: async ({ signal: _, ...options }: ProbeDevicesOptions) => {
      asked.push(options);
      return report;
    },
  };

  it('prints devices, states, speeds and reasons without opening a model, in words of the command line', async () => {
    const run = await runFake(['info', '--probe', '--threads', '3'], probing, { h2ovl: 'npx h2ovl' });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^cpu +right +1235 +57 +2026-01-02 +-$/m);
    expect(run.stdout).toMatch(/^webgpu +crashed +- +- +2026-01-02 +Card 9$/m);
    expect(run.stdout).toContain('adapter: Card 9 (discrete, 8.0 GB)');
    expect(run.stdout).toContain('webgpu: It fell.');
    expect(run.stdout).toContain('--device auto takes cpu');
    expect(run.stdout).toContain('Another try: npx h2ovl info --probe --reprobe.');
    expect(asked.pop()).toEqual({ reprobe: false, threads: 3 });
  });

  it('tells that the two devices share the work', async () => {
    const shared = { ...report, chosen: 'webgpu:vision' as const, why: 'The GPU computes the vision part.' };
    const run = await runFake(['info', '--probe'], { probeDevices: async () => shared });
    expect(run.stdout).toContain('--device auto takes webgpu:vision for all but small models. The GPU computes the vision part.');
  });

  it('asks again with --reprobe, and prints the same for programs', async () => {
    const run = await runFake(['info', '--reprobe', '--json'], probing);
    expect(JSON.parse(run.stdout)).toMatchObject({ chosen: 'cpu', devices: [{ device: 'cpu' }, { device: 'webgpu', state: 'crashed' }] });
    expect(asked.pop()).toEqual({ reprobe: true });
  });
});
