import { join } from 'node:path';
import { VisionError, type VisionModel } from '@h2ovl/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { loadModelBy } from '../../src/answer/load-model.ts';
import type { ChooseDevice } from '../../src/answer/load-on-device.ts';
import { chooseDevice, type DeviceMemory } from '../../src/runtime/choose-device.ts';
import { deviceLost, hearDeviceWarnings, openGpuStandIn } from '../helpers/gpu-stand-in.ts';
import { useOwnHome } from '../helpers/own-home.ts';

const checkpoint = join(useOwnHome(), 'checkpoint');
const models: VisionModel[] = [];
const warnings = hearDeviceWarnings();
let expected: string;

beforeAll(async () => {
  await writeMiniCheckpoint(checkpoint, tinyConfig());
  const model = await loadModelBy(checkpoint, { device: 'cpu', precision: 'exact' }, chooseDevice);
  expected = (await model.generate(question)).text;
  await model.dispose();
});
afterAll(async () => {
  for (const model of models) await model.dispose();
});

const question = { prompt: 'Hello there', maxOutputTokens: 8 };

/** A "GPU" that computes the graphs for GPUs on the CPU, and is lost when `isLost` says so; where nobody asked for it, unless `isAskedFor`. */
function losing(
  isLost: (run: number) => boolean,
  { isAskedFor = false, memory = undefined as DeviceMemory | undefined, lost = deviceLost } = {},
): ChooseDevice {
  return async (options) => {
    if (options.cpuReason !== undefined) return chooseDevice(options);
    let runs = 0;
    const { runtime, abilities } = await openGpuStandIn(() => {
      runs += 1;
      return isLost(runs) ? lost() : undefined;
    });
    return { runtime, abilities, reasons: [], isOwnChoice: !isAskedFor, memory };
  };
}

/** As users load it; the model is small, so that `auto` would not look at a GPU. */
async function load(choose: ChooseDevice): Promise<VisionModel> {
  const model = await loadModelBy(checkpoint, { precision: 'exact' }, (options) => {
    const { cpuReason, ...rest } = options;
    return choose(cpuReason?.includes('answers there before') ? rest : options);
  });
  models.push(model);
  return model;
}

it('makes an answer again on the CPU when the device is lost before anything was told, with one warning', async () => {
  let isLost = false;
  const model = await load(losing(() => isLost));
  expect((await model.info()).runtime.device).toBe('webgpu');
  expect((await model.generate(question)).text).toBe(expected);
  isLost = true;
  const answers = await Promise.all([model.generate(question), model.generate(question)]);
  expect(answers.map(({ text }) => text)).toEqual([expected, expected]);
  const info = await model.info();
  expect(info.runtime.device).toBe('cpu');
  expect(info.reasons.join(' ')).toContain('the device was lost');
  expect(warnings.filter((text) => text.includes('while an answer was made'))).toHaveLength(1);
});

it('ends an answer that was told in part with an error, and makes the next one on the CPU', async () => {
  let isLost = false;
  const model = await load(losing(() => isLost));
  const read = async (): Promise<string> => {
    let text = '';
    for await (const delta of model.stream({ ...question, maxOutputTokens: 200 }).textStream) {
      text += delta;
      isLost = true;
    }
    return text;
  };
  await expect(read()).rejects.toMatchObject({
    code: 'SESSION_FAILED',
    message: expect.stringContaining('in the middle of an answer'),
    hint: expect.stringContaining('CPU'),
  });
  expect((await model.generate(question)).text).toBe(expected);
  expect((await model.info()).runtime.device).toBe('cpu');
});

it('loads on the CPU when the device is lost while it warms up', async () => {
  const model = await load(losing(() => true));
  const info = await model.info();
  expect([info.runtime.device, (await model.generate(question)).text]).toEqual(['cpu', expected]);
  expect(info.reasons.join(' ')).toContain('could not be loaded on the GPU');
});

it('a GPU that was asked for is not replaced: the error comes as it is', async () => {
  let isLost = false;
  const model = await load(losing(() => isLost, { isAskedFor: true }));
  isLost = true;
  await expect(model.generate(question)).rejects.toMatchObject({ code: 'SESSION_FAILED' });
  expect((await model.info()).runtime.device).toBe('webgpu');
});

it('a failure that no device has a part in comes as it is, and the GPU goes on', async () => {
  let isLost = false;
  const lost = (): Error => new VisionError('SESSION_FAILED', 'The thread for schemas failed: it is gone.', { hint: 'Ask again.' });
  const model = await load(losing(() => isLost, { lost }));
  isLost = true;
  await expect(model.generate(question)).rejects.toMatchObject({ message: expect.stringContaining('The thread for schemas') });
  isLost = false;
  expect((await model.generate(question)).text).toBe(expected);
  expect((await model.info()).runtime.device).toBe('webgpu');
});

it('stops as its caller says, not by stepping down', async () => {
  const stop = new AbortController();
  const model = await load(losing(() => false));
  const answer = model.generate({ ...question, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(answer).rejects.toThrow('enough');
  expect((await model.info()).runtime.device).toBe('webgpu');
});

it('a model that does not fit into the GPU goes to the CPU with the numbers; where the GPU was asked for, they are an error', async () => {
  const memory = { name: 'Card 9', bytes: 1e6 };
  const model = await load(losing(() => false, { memory }));
  const { runtime, reasons } = await model.info();
  expect(runtime.device).toBe('cpu');
  expect(reasons.join(' ')).toMatch(/about \d+\.\d MB \(weights .*\), and Card 9 has 1\.0 MB/);
  await expect(load(losing(() => false, { memory, isAskedFor: true }))).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    hint: expect.stringContaining("device 'cpu'"),
  });
});
