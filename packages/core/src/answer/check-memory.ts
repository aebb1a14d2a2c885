import { VisionError } from '@h2ovl/contract';
import { leastBytes } from '../model/kv-cache.ts';
import { type MemoryPlan, planMemory, smallerPlan } from '../model/memory-plan.ts';
import type { Manifest } from '../model-files/manifest.ts';
import type { DeviceMemory } from '../runtime/choose-device.ts';

/** The system and other programs use some of a GPU's memory, too. */
const usablePart = 0.9;

/**
 * Holds what a model will take against what the device has, before anything is loaded. Returns a sentence for the model's reasons where it is tight.
 * @throws VisionError RUNTIME_UNAVAILABLE where it does not fit, with the numbers and what would
 */
export function checkMemory(manifest: Manifest, maxCacheBytes: number, memory: DeviceMemory | undefined): string | undefined {
  if (memory === undefined) return undefined;
  const plan = planMemory(manifest, maxCacheBytes);
  const needs = `${gigabytes(plan.total)} (weights ${gigabytes(plan.weights)}, cache ${gigabytes(plan.cache)}, tiles ${gigabytes(plan.work)})`;
  const isGpu = manifest.form.device === 'webgpu';
  // A GPU encodes the tiles of a page in one run. The CPU takes them one by one, and can do with a short cache.
  const least = isGpu ? plan.total : plan.weights + leastBytes(manifest.model);
  if (least > memory.bytes * (isGpu ? usablePart : 1)) {
    throw new VisionError('RUNTIME_UNAVAILABLE', `The model takes about ${needs}, and ${memory.name} has ${gigabytes(memory.bytes)}.`, {
      hint: suggest(manifest, plan, memory),
    });
  }
  return plan.total > memory.bytes ? `A large page takes about ${needs}, and ${memory.name} has ${gigabytes(memory.bytes)}.` : undefined;
}

function suggest(manifest: Manifest, plan: MemoryPlan, memory: DeviceMemory): string {
  const smaller = smallerPlan(manifest, plan);
  const moves = [
    ...(smaller !== undefined && smaller.total <= memory.bytes
      ? [`precision '${smaller.precision}' (about ${gigabytes(smaller.total)})`]
      : []),
    ...(manifest.form.device === 'webgpu' ? ["device 'cpu'"] : []),
    'a smaller model',
  ];
  return `Use ${moves.join(', or ')}.`;
}

const gigabytes = (bytes: number): string => (bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
