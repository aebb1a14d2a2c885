import { encodeOnnx } from '@h2ovl/core/internal/runtime/onnx-bytes';
import type { DeviceView, Runtime } from '@h2ovl/core/internal/runtime/port';
import { median } from '../statistics.ts';

const runs = 100;

/**
 * Milliseconds that a run costs apart from what it computes: binding, the call, the thread and back. Measured on a graph that copies one
 * number for each of as many values as a decoder step binds (`cacheValues` in and out), so what it computes is close to nothing.
 */
export async function measureRunCost(runtime: Runtime, cacheValues: number): Promise<number> {
  const numbers = Array.from({ length: cacheValues }, (_, index) => index);
  const session = await runtime.openSession(
    encodeOnnx({
      nodes: numbers.map((index) => ({ operator: 'Identity', inputs: [`in${index}`], outputs: [`out${index}`] })),
      inputs: numbers.map((index) => ({ name: `in${index}`, dtype: 'float32', dims: [1] })),
      outputs: numbers.map((index) => ({ name: `out${index}`, dtype: 'float32', dims: [1] })),
    }),
  );
  const memory = await runtime.allocate('float32', [2 * cacheValues]);
  try {
    const views = (name: string, offset: number): Record<string, DeviceView> =>
      Object.fromEntries(numbers.map((index) => [`${name}${index}`, memory.view(offset + index, [1])]));
    const request = { inputs: views('in', 0), outputs: views('out', cacheValues) };
    const times: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const started = performance.now();
      await session.run(request);
      times.push(performance.now() - started);
    }
    return median(times);
  } finally {
    await session.dispose();
    memory.dispose();
  }
}
