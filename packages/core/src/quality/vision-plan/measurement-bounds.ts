import { freemem, platform, totalmem } from 'node:os';
import { VisionError } from '@h2ovl/contract';
import { tensorShapes } from '../../convert/tensor-shapes.ts';
import type { ModelConfig } from '../../model-files/model-config.ts';
import type { DeviceMemory } from '../../runtime/choose-device.ts';

/** Process and library before any weights are there. */
const ownBytes = 200e6;
/** What a position of a tile takes while the float32 tower computes: as `planMemory` counts it. */
const bytesPerPosition = 128 * 1024;

/**
 * Bytes of its own that a measurement takes at its peak, the work on a tile included; pages of files, which the system takes back when it needs them, are not
 * counted. Weights count in float32, whatever the checkpoint stores. The float32 tower is never open beside the language part, but each of these is once:
 * - the tower with two 8-bit candidates beside each of its matrices;
 * - the language part at `exact`, with a plan's tower, which may be float32 in nearly all of its matrices;
 * - a plan's tower and the float32 one, whose times are compared.
 * The embedding table is read row by row and counts only where it is the head as well.
 */
export function measurementBytes(config: ModelConfig): number {
  let [tower, languagePart] = [0, 0];
  for (const [name, shape] of tensorShapes(config)) {
    const bytes = shape.reduce((product, dim) => product * dim, Float32Array.BYTES_PER_ELEMENT);
    if (!name.startsWith('language_model.')) tower += bytes;
    else if (!name.endsWith('embed_tokens.weight') || config.language.tiedHead) languagePart += bytes;
  }
  const { imageSizePx, patchSizePx } = config.vision;
  const positions = (imageSizePx / patchSizePx) ** 2 + 1;
  return ownBytes + Math.max(tower + languagePart, 2 * tower) + positions * bytesPerPosition;
}

/**
 * Refuses a measurement for which there is too little memory, before anything is converted or opened for it.
 * @throws VisionError RUNTIME_UNAVAILABLE with what it takes, what there is and what is missing
 */
export function checkMeasurementMemory(config: ModelConfig, memory: DeviceMemory = freeMemory()): void {
  const needed = measurementBytes(config);
  if (needed <= memory.bytes) return;
  const missing = gigabytes(needed - memory.bytes);
  throw new VisionError(
    'RUNTIME_UNAVAILABLE',
    `Measuring the vision part takes about ${gigabytes(needed)} of memory, and ${memory.name} has ${gigabytes(memory.bytes)} free: ${missing} are missing.`,
    { hint: 'Measure again when so much is free, or on a larger machine; until then the vision part stays in float32.' },
  );
}

/** What this process may take in all, what it holds already included. */
function freeMemory(): DeviceMemory {
  const allowed = process.constrainedMemory?.() ?? 0;
  // What a control group counts as used includes files that were read, which make room at once: its whole limit is what counts.
  if (allowed > 0 && allowed < totalmem()) return { name: 'this process', bytes: allowed };
  // macOS counts as free only what holds nothing at all, hardly ever much.
  const bytes = platform() === 'darwin' ? totalmem() : freemem() + process.memoryUsage().rss;
  return { name: 'this machine', bytes };
}

/** A measurement of a model of up to this many parameters has ten minutes; of a larger one, more in proportion. */
const parametersInTime = 1e9;
const timeLimitMs = 10 * 60_000;

/** Milliseconds that one call may measure. Two cores without fast 8-bit products take about eight minutes for the 0.8B. */
export function defaultTimeLimitMs(config: ModelConfig): number {
  const parameters = [...tensorShapes(config).values()].reduce((sum, shape) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
  return Math.round(timeLimitMs * Math.max(1, parameters / parametersInTime));
}

/** @throws VisionError INVALID_ARGUMENT */
export function checkTimeLimit(ms: number): void {
  if (Number.isFinite(ms) && ms > 0 && ms <= maxTimerMs) return;
  throw new VisionError('INVALID_ARGUMENT', `timeLimitMs is ${String(ms)}; it must be above 0 and at most ${maxTimerMs}.`, {
    param: 'timeLimitMs',
    hint: 'Leave it out for the default.',
  });
}

/** Timers of Node wait no longer. */
const maxTimerMs = 2 ** 31 - 1;

/** The time is over. `where`: what was being done, for the message. */
export function unfinished(limitMs: number, where: string): VisionError {
  return new VisionError(
    'MEASUREMENT_UNFINISHED',
    `Measuring the vision part was stopped after ${describeMs(limitMs)}, while ${where}; the vision part stays in float32.`,
    { hint: 'Measure again within two days: it goes on where it stopped.' },
  );
}

const describeMs = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 6000) / 10} min`);
const gigabytes = (bytes: number): string => (bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
