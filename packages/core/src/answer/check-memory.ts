import { VisionError } from '@h2ovl/contract';
import { leastBytes } from '../model/kv-cache.ts';
import { type MemoryPlan, type ModelPart, planMemory, smallerPlan } from '../model/memory-plan.ts';
import { type SizedModel, visionFormOf } from '../model-files/manifest.ts';
import type { ChosenDevice, DeviceMemory } from '../runtime/choose-device.ts';

/** The system and other programs use some of a GPU's memory, too. */
const usablePart = 0.9;

/** A model, or the part of it that a device computes, is larger than the device's memory. */
export class TooLargeError extends VisionError {}

/** Holds what each device will compute of a model against its memory. Returns sentences for the model's reasons where it is tight. @throws TooLargeError */
export function checkDeviceMemory(
  manifest: SizedModel,
  maxCacheBytes: number,
  { memory, vision }: Pick<ChosenDevice, 'memory' | 'vision'>,
): readonly string[] {
  const tight =
    vision === undefined
      ? [checkMemory(manifest, maxCacheBytes, memory)]
      : [checkMemory(manifest, maxCacheBytes, vision.memory, 'vision'), checkMemory(manifest, maxCacheBytes, memory, 'language')];
  return tight.filter((sentence) => sentence !== undefined);
}

/**
 * Holds what a model, or a part of it, will take against what the device has, before anything is loaded. Returns a sentence for the model's reasons where it is
 * tight.
 * @throws TooLargeError RUNTIME_UNAVAILABLE where it does not fit, with the numbers and what would
 */
export function checkMemory(
  manifest: SizedModel,
  maxCacheBytes: number,
  memory: DeviceMemory | undefined,
  part: ModelPart = 'all',
): string | undefined {
  if (memory === undefined) return undefined;
  const plan = planMemory(manifest, maxCacheBytes, part);
  const needs = `${gigabytes(plan.total)} (weights ${gigabytes(plan.weights)}, cache ${gigabytes(plan.cache)}, tiles ${gigabytes(plan.work)})`;
  const isGpu = (part === 'vision' ? visionFormOf(manifest.form) : manifest.form).device === 'webgpu';
  // A GPU encodes the tiles of a page in one run. The CPU takes them one by one, and can do with a short cache.
  const least = isGpu ? plan.total : plan.weights + leastBytes(manifest.model);
  if (least > usableBytes(memory, isGpu)) {
    throw new TooLargeError(
      'RUNTIME_UNAVAILABLE',
      `${names[part]} takes about ${needs}, and ${memory.name} has ${gigabytes(memory.bytes)}.`,
      {
        hint: suggest(manifest, { plan, part, visionPlan: planMemory(manifest, maxCacheBytes, 'vision') }, memory),
      },
    );
  }
  return plan.total > memory.bytes ? `A large page takes about ${needs}, and ${memory.name} has ${gigabytes(memory.bytes)}.` : undefined;
}

const names: Readonly<Record<ModelPart, string>> = {
  all: 'The model',
  vision: "The model's vision part",
  language: "The model's language part",
};

const usableBytes = ({ bytes }: DeviceMemory, isGpu: boolean): number => bytes * (isGpu ? usablePart : 1);

function suggest(
  manifest: SizedModel,
  { plan, part, visionPlan }: { readonly plan: MemoryPlan; readonly part: ModelPart; readonly visionPlan: MemoryPlan },
  memory: DeviceMemory,
): string {
  const smaller = part === 'vision' ? undefined : smallerPlan(manifest, plan); // the vision part is as large at every precision but `exact`
  const isGpu = visionFormOf(manifest.form).device === 'webgpu';
  const moves = [
    ...(smaller !== undefined && smaller.total <= memory.bytes
      ? [`precision '${smaller.precision}' (about ${gigabytes(smaller.total)})`]
      : []),
    ...(part === 'all' && isGpu && visionPlan.total <= usableBytes(memory, isGpu) ? ["device 'webgpu:vision'"] : []),
    ...(isGpu && part !== 'language' ? ["device 'cpu'"] : []),
    'a smaller model',
  ];
  return `Use ${moves.join(', or ')}.`;
}

const gigabytes = (bytes: number): string => (bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
