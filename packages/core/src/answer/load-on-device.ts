import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError, type VisionErrorCode, type VisionModel } from '@h2ovl/contract';
import type { LocatedModel } from '../model-files/locate-model.ts';
import { readManifest } from '../model-files/verify-files.ts';
import { type ChooseDeviceOptions, type ChosenDevice, type DeviceName, usesGpu, wantedDevice } from '../runtime/choose-device.ts';
import { warnOfDevice } from '../runtime/devices/warn-of-device.ts';
import { TooLargeError } from './check-memory.ts';
import { type SteppableModel, SteppingModel } from './stepping-model.ts';

/** Opens a device; see `runtime/choose-device`. */
export type ChooseDevice = (options: ChooseDeviceOptions) => Promise<ChosenDevice>;

/** Opens a model on a device that was opened for it; closes that when it fails. */
export type LoadOnChosen = (chosen: ChosenDevice) => Promise<SteppableModel>;

/** Failures of a load that another device may not have: of the device itself, and of the files that are made for it. */
const stepDownCodes: readonly VisionErrorCode[] = ['SESSION_FAILED', 'RUNTIME_UNAVAILABLE', 'STORAGE_UNAVAILABLE', 'MODEL_NOT_FOUND'];

/**
 * Loads on the devices that are meant. Where nobody asked for the GPU that was taken, it gets the vision part alone when the whole model is too large for it, and the
 * CPU takes its place when it fails: now, or in the middle of an answer.
 * @throws what `choose` and `load` throw for the last device
 */
export async function loadOnDevice(options: ChooseDeviceOptions, load: LoadOnChosen, choose: ChooseDevice): Promise<VisionModel> {
  const chosen = await choose(options);
  if (!chosen.isOwnChoice || !usesGpu(chosen)) return load(chosen);
  const { signal: _, ...rest } = options;
  const chooseOther = (why: Pick<ChooseDeviceOptions, 'cpuReason' | 'visionReason'>, signal = options.signal): Promise<ChosenDevice> =>
    choose({ ...rest, device: 'auto', ...why, ...(signal && { signal }) });
  const onCpu = async (cpuReason: string, signal?: AbortSignal): Promise<SteppableModel> => {
    warnOfDevice(cpuReason);
    return load(await chooseOther({ cpuReason }, signal));
  };
  const loadOn = async (device: ChosenDevice): Promise<VisionModel> =>
    usesGpu(device) ? new SteppingModel(await load(device), onCpu, device.vision !== undefined) : load(device);
  const stepDown = (error: unknown): Promise<VisionModel> => {
    if (options.signal?.aborted || !VisionError.isInstance(error) || !stepDownCodes.includes(error.code)) throw error;
    return onCpu(`The CPU computes, since the model could not be loaded on the GPU: ${error.message}`);
  };
  try {
    return await loadOn(chosen);
  } catch (error) {
    if (!(error instanceof TooLargeError) || chosen.vision !== undefined) return stepDown(error);
    const visionReason = `The GPU computes the vision part at most, since it is too small for the whole model: ${error.message}`;
    const next = await chooseOther({ visionReason });
    try {
      const model = await loadOn(next);
      warnOfDevice(visionReason);
      return model;
    } catch (failure) {
      if (!usesGpu(next)) throw failure;
      return stepDown(failure);
    }
  }
}

/** Weights below this answer on the CPU before a GPU is ready: opening one and compiling its programs takes seconds. nano has 33 MB, the 0.8B 1.6 GB. */
const smallModelBytes = 300e6;

/** The device that is meant, where the model itself decides: a folder that was converted for one, and a small model. */
export async function meantDevice(
  located: LocatedModel,
  asked: DeviceName | undefined,
): Promise<{ readonly device: DeviceName; readonly cpuReason?: string }> {
  const device = wantedDevice(asked);
  if (device !== 'auto') return { device };
  if (located.type === 'converted') {
    const manifest = await readManifest(located.directory).catch(() => undefined); // opening the folder says what is wrong with it
    if (manifest?.form.vision !== undefined) return { device: 'webgpu:vision' };
    if (manifest?.form.device === 'webgpu') return { device: 'webgpu' };
    return { device, cpuReason: 'The CPU computes, since the folder was converted for it.' };
  }
  const bytes = await weightBytes(located.directory);
  if (bytes === 0 || bytes >= smallModelBytes) return { device }; // without weights, a conversion that is there is used
  return { device, cpuReason: `The CPU computes: a model of ${Math.ceil(bytes / 1e6)} MB answers there before a GPU is ready.` };
}

async function weightBytes(checkpoint: string): Promise<number> {
  const names = (await readdir(checkpoint)).filter((name) => name.endsWith('.safetensors'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(checkpoint, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
