import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { VisionModel } from '@h2ovl/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makePng, pngColor } from '../../../dev/src/testing/craft-images.ts';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { loadModelBy } from '../../src/answer/load-model.ts';
import type { ChooseDevice } from '../../src/answer/load-on-device.ts';
import { convertCheckpoint } from '../../src/convert/index.ts';
import { planMemory } from '../../src/model/memory-plan.ts';
import { cpuForm } from '../../src/model-files/manifest.ts';
import { type ChooseDeviceOptions, chooseDevice, type OpenedDevice } from '../../src/runtime/choose-device.ts';
import { DeviceError } from '../../src/runtime/device-error.ts';
import { deviceLost, hearDeviceWarnings, openGpuStandIn } from '../helpers/gpu-stand-in.ts';
import { useOwnHome } from '../helpers/own-home.ts';

const home = useOwnHome();
const checkpoint = join(home, 'checkpoint');
const forGpu = { device: 'webgpu', values: 'float32', attention: 'fused' } as const;
const models: VisionModel[] = [];
const warnings = hearDeviceWarnings();
const side = 24;
const samples = Array.from({ length: side * side * 3 }, (_, i) => (i * 37) % 256);
const picture = makePng({ width: side, height: side, color: pngColor.rgb, bitDepth: 8, samples });
const question = { prompt: 'Read it', images: [picture], maxOutputTokens: 8 };
/** The answer of the CPU alone. */
let expected: string;
/** Memory of a GPU that holds the vision part, and of one that does not. */
let enoughForVision: number;

beforeAll(async () => {
  await writeMiniCheckpoint(checkpoint, tinyConfig());
  const model = await loadModelBy(checkpoint, { device: 'cpu', precision: 'exact' }, chooseDevice);
  expected = (await model.generate(question)).text;
  await model.dispose();
  const { manifest } = await convertCheckpoint(checkpoint, join(home, 'whole'), { precision: 'exact', form: forGpu });
  const [all, vision] = [planMemory(manifest, 1e9), planMemory(manifest, 1e9, 'vision')];
  enoughForVision = (all.total + vision.total) / 2 / 0.9; // nine tenths of it are used
});
afterAll(async () => {
  for (const model of models) await model.dispose();
});

/** A machine with a "GPU" that computes on the CPU, has so much memory, and is lost when `isLost` says so. */
function machine(memoryBytes: number, isLost: () => boolean = () => false, cpuFailure: () => Error | undefined = () => undefined) {
  const asked: ChooseDeviceOptions[] = [];
  const openGpu = async (): Promise<OpenedDevice> => ({
    ...(await openGpuStandIn(() => (isLost() ? deviceLost() : undefined))),
    memory: { name: 'Card 9', bytes: memoryBytes },
  });
  const choose: ChooseDevice = async ({ cpuReason, ...options }) => {
    const isSmall = cpuReason?.includes('answers there before') === true; // the model is: `auto` would not look at a GPU
    asked.push({ ...options, ...(!isSmall && { cpuReason }) });
    const isOwnChoice = options.device === 'auto';
    if (options.device === 'cpu' || (cpuReason !== undefined && !isSmall)) return chooseDevice({ ...options, cpuReason });
    if (options.device !== 'webgpu:vision' && options.visionReason === undefined) {
      return { ...(await openGpu()), reasons: [], isOwnChoice };
    }
    const { runtime } = await openGpuStandIn(cpuFailure);
    const cpu = { ...runtime, info: { ...runtime.info, executionProvider: 'cpu' } } as const;
    const reasons = options.visionReason === undefined ? [] : [options.visionReason];
    return { ...{ runtime: cpu, abilities: undefined, memory: undefined, reasons, isOwnChoice }, vision: await openGpu() };
  };
  return { choose, asked };
}

async function load(source: string, choose: ChooseDevice, options: { readonly device?: 'cpu' } = {}): Promise<VisionModel> {
  const model = await loadModelBy(source, { precision: 'exact', ...options }, choose);
  models.push(model);
  return model;
}

it('a GPU that is too small for the whole model computes its vision part, and the CPU decodes, with one warning', async () => {
  const { choose, asked } = machine(enoughForVision);
  const model = await load(checkpoint, choose);
  const { runtime, reasons, directory } = await model.info();
  expect([runtime.device, runtime.visionDevice]).toEqual(['cpu', 'webgpu']);
  expect((await model.generate(question)).text).toBe(expected);
  const why = expect.stringMatching(/vision part at most, .*whole model: The model takes about .*, and Card 9 has \d/);
  expect(reasons).toContainEqual(why);
  await new Promise(setImmediate);
  expect(warnings.splice(0)).toEqual([why]);
  expect(asked.map(({ visionReason, cpuReason }) => [visionReason !== undefined, cpuReason])).toEqual([
    [false, undefined],
    [true, undefined],
  ]);
  expect(readdirSync(join(home, 'converted')).filter((name) => name.includes('-exact-vision-webgpu-float32-'))).toHaveLength(1);
  expect(directory).toContain('-exact-vision-webgpu-float32-');
  // What was found too large was not converted first.
  expect(readdirSync(join(home, 'converted')).filter((name) => name.includes('-exact-webgpu-'))).toEqual([]);
});

it('a failure of the CPU, which decodes, is its own: nothing is said of the GPU, and nothing takes its place', async () => {
  let failure: Error | undefined;
  const { choose, asked } = machine(
    enoughForVision,
    () => false,
    () => failure,
  );
  const model = await load(checkpoint, choose);
  warnings.splice(0);
  failure = new DeviceError('A run of the graph failed: no memory is left.', {});
  await expect(model.generate(question)).rejects.toMatchObject({ code: 'SESSION_FAILED', message: failure.message });
  failure = undefined;
  expect((await model.generate(question)).text).toBe(expected);
  expect((await model.info()).runtime.visionDevice).toBe('webgpu');
  expect([asked.length, warnings.splice(0)]).toEqual([2, []]);
});

it('an answer is made again on the CPU alone when the GPU is lost while it encodes the page', async () => {
  let isLost = false;
  const model = await load(checkpoint, machine(enoughForVision, () => isLost).choose);
  expect((await model.info()).runtime.visionDevice).toBe('webgpu');
  isLost = true;
  expect((await model.generate(question)).text).toBe(expected);
  const { runtime, reasons } = await model.info();
  expect([runtime.device, runtime.visionDevice]).toEqual(['cpu', undefined]);
  expect(reasons.join(' ')).toContain('the device was lost');
});

it('a GPU that is too small for the vision part, too, is left alone', async () => {
  const { choose, asked } = machine(1e6);
  const { runtime, reasons } = await (await load(checkpoint, choose)).info();
  expect([runtime.device, runtime.visionDevice]).toEqual(['cpu', undefined]);
  expect(reasons.join(' ')).toMatch(/The model's vision part takes about .*, and Card 9 has 1\.0 MB/);
  expect(asked).toHaveLength(3);
});

it('a folder that was converted for both devices is opened on both, and refused on the CPU alone', async () => {
  const output = join(home, 'for-both');
  await convertCheckpoint(checkpoint, output, { precision: 'exact', form: { ...cpuForm, vision: forGpu } });
  const { choose, asked } = machine(1e9);
  const model = await load(output, choose);
  expect(asked[0]?.device).toBe('webgpu:vision');
  expect((await model.generate(question)).text).toBe(expected);
  await expect(load(output, choose, { device: 'cpu' })).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message: expect.stringMatching(/for the CPU with the vision part on a GPU that computes in float32, and this is the CPU\./),
  });
});
