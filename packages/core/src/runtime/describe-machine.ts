import { probeInt8Limit } from './int8-probe.ts';
import { openRuntime } from './open-runtime.ts';
import type { RuntimeInfo } from './port.ts';

export { listCpuFeatures } from './cpu-features.ts';

/**
 * Largest 8-bit weight that this processor multiplies exactly, measured on one small product: 127, or 64 where sums of two products saturate.
 * What `loadModel` converts with, and what `convertCheckpoint` should be told for models of this machine.
 * @throws VisionError RUNTIME_UNAVAILABLE, SESSION_FAILED
 */
export async function measureInt8Limit(): Promise<64 | 127> {
  const runtime = await openRuntime({ threads: 1 });
  try {
    return await probeInt8Limit(runtime);
  } finally {
    await runtime.dispose();
  }
}

/** What would run a model here, found by starting it without one. @throws VisionError RUNTIME_UNAVAILABLE, INVALID_ARGUMENT (H2OVL_RUNTIME) */
export async function describeRuntime(): Promise<RuntimeInfo> {
  const runtime = await openRuntime();
  try {
    return runtime.info;
  } finally {
    await runtime.dispose();
  }
}
