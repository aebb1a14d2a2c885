import { expect, test } from 'vitest';
import { checkDeviceMemory, checkMemory, TooLargeError } from '../../../src/answer/check-memory.ts';
import { planMemory } from '../../../src/model/memory-plan.ts';
import { cpuForm, type GraphForm, type Manifest, type ModelForm } from '../../../src/model-files/manifest.ts';
import type { OpenedDevice } from '../../../src/runtime/choose-device.ts';

/** A model in the shapes of the published 2B, or of the 0.8B: what the plan reads of a manifest. */
function manifestOf(form: ModelForm, sizes: { vision: number; decoder: number }, changes: Partial<Manifest['precision']> = {}): Manifest {
  const record = (size: number) => ({ size, sha256: '' });
  return {
    form,
    precision: { name: 'balanced', vision: 'float16', language: 'int8', head: 'int8', int8Limit: null, ...changes },
    model: {
      ...{ contextLength: 4096, layers: 16, keyValueHeads: 4, headSize: 96, attentionHeads: 16, parameters: 0.8e9 },
      image: { tileSizePx: 448, patchSizePx: 14, tokensPerTile: 256, minTiles: 1, maxTiles: 6, useThumbnail: true, useMsac: false },
    },
    graphs: { vision: { file: 'v', data: 'v.data' }, decoder: { file: 'd', data: 'd.data' } },
    files: { 'v.data': record(sizes.vision), 'd.data': record(sizes.decoder) },
  } as unknown as Manifest;
}

const gpuForm: GraphForm = { device: 'webgpu', values: 'float16', attention: 'fused' };
const sizes = { vision: 600e6, decoder: 700e6 };
const unlimited = 4e9;

test('plans about what was measured: pages of 7 tiles raised the memory of a GPU by 0.6 GB', () => {
  const { weights, cache, work, total } = planMemory(manifestOf(gpuForm, sizes), unlimited);
  expect(weights).toBe(1.3e9);
  expect((cache + work) / 1e9).toBeGreaterThan(0.5);
  expect((cache + work) / 1e9).toBeLessThan(0.8);
  expect(total).toBe(weights + cache + work);
});

test('twice the values, attention written out and all tiles in one run take more; a limit on the cache less', () => {
  const plan = (form: Partial<GraphForm>, limit = unlimited) => planMemory(manifestOf({ ...gpuForm, ...form }, sizes), limit);
  expect(plan({ values: 'float32' }).work).toBe(2 * plan({}).work);
  expect(plan({ attention: 'written-out' }).work).toBeGreaterThan(plan({}).work);
  expect(plan({ device: 'cpu' }).work * 7).toBe(plan({}).work);
  expect(plan({}, 1e6).cache).toBe(1e6);
});

test('refuses what does not fit, with numbers, and names the precision that would fit', () => {
  const manifest = manifestOf(gpuForm, sizes);
  expect(checkMemory(manifest, unlimited, { name: 'Card 9', bytes: 8e9 })).toBeUndefined();
  expect(checkMemory(manifest, unlimited, undefined)).toBeUndefined();
  const refuse = (bytes: number, of = manifest) => expect(() => checkMemory(of, unlimited, { name: 'Card 9', bytes }));
  refuse(1.8e9).toThrow(
    expect.objectContaining({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringMatching(/about 1\.9 GB \(weights 1\.3 GB, cache 80\.9 MB, tiles 0\.5 GB\), and Card 9 has 1\.8 GB/),
      hint: "Use precision 'fast' (about 1.6 GB), or device 'webgpu:vision', or device 'cpu', or a smaller model.",
    }),
  );
  refuse(1e9).toThrow(expect.objectContaining({ hint: "Use device 'cpu', or a smaller model." }));
  const large = { ...manifest, model: { ...manifest.model, parameters: 2e9 } };
  refuse(1.8e9, large).toThrow(expect.objectContaining({ hint: "Use device 'webgpu:vision', or device 'cpu', or a smaller model." })); // 4 bits break the 2B
});

test('where the GPU computes the vision part alone, each device is held against its own part', () => {
  const split = manifestOf({ ...cpuForm, vision: gpuForm }, sizes);
  const [vision, language] = [planMemory(split, unlimited, 'vision'), planMemory(split, unlimited, 'language')];
  expect(vision).toMatchObject({ weights: sizes.vision, cache: 0, work: planMemory(manifestOf(gpuForm, sizes), unlimited).work });
  expect(language).toMatchObject({ weights: sizes.decoder, work: 0, cache: 2 * planMemory(manifestOf(gpuForm, sizes), unlimited).cache });
  expect(planMemory(split, unlimited).total).toBe(vision.total + language.total);
  const check = (gpuBytes: number, cpuBytes: number) =>
    checkDeviceMemory(split, unlimited, {
      memory: { name: 'this machine', bytes: cpuBytes },
      vision: { memory: { name: 'Card 9', bytes: gpuBytes } } as OpenedDevice,
    });
  expect(check(1.3e9, 8e9)).toEqual([]); // the whole model takes 1.9 GB
  expect(check(1.3e9, 0.8e9)).toEqual([expect.stringContaining('this machine has 0.8 GB')]);
  expect(() => check(1e9, 8e9)).toThrow(TooLargeError);
  expect(() => check(1e9, 8e9)).toThrow(
    expect.objectContaining({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringMatching(/^The model's vision part takes about 1\.1 GB .*Card 9 has 1\.0 GB/),
      hint: "Use device 'cpu', or a smaller model.",
    }),
  );
  expect(() => check(1.3e9, 0.5e9)).toThrow(expect.objectContaining({ message: expect.stringContaining("The model's language part") }));
});

test('on the CPU only what cannot be is refused; a page that is too large is told', () => {
  const cpu = manifestOf({ device: 'cpu', values: 'float32', attention: 'fused' }, sizes, { vision: 'bfloat16' });
  expect(planMemory(cpu, unlimited).weights).toBe(1.9e9); // it computes in float32 what is stored in 16 bits
  expect(() => checkMemory(cpu, unlimited, { name: 'this machine', bytes: 1.9e9 })).toThrow(
    expect.objectContaining({ hint: expect.not.stringContaining('device') }),
  );
  expect(checkMemory(cpu, unlimited, { name: 'this machine', bytes: 2e9 })).toContain('this machine has 2.0 GB');
  expect(checkMemory(cpu, unlimited, { name: 'this machine', bytes: 8e9 })).toBeUndefined();
});
