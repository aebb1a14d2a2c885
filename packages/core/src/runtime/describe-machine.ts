import { probeInt8Limit } from './int8-probe.ts';
import { openRuntime } from './open-runtime.ts';

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
