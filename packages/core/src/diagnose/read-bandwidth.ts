import { encodeOnnx } from '../runtime/onnx-bytes.ts';
import type { RunRequest, Runtime } from '../runtime/port.ts';

const sumColumns = 16_384;

/**
 * A graph that reads memory and does next to nothing with it: x [rows, 16384] float32 -> sums [rows], one addition for each value, rows shared out to the threads.
 * @param readBytes that one run reads; the input holds them, so it should be far more than any cache
 */
export function readGraph(readBytes: number): { readonly graph: Uint8Array; readonly request: RunRequest } {
  const rows = Math.max(1, Math.round(readBytes / 4 / sumColumns));
  const graph = encodeOnnx({
    nodes: [{ operator: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['sums'], attributes: { keepdims: { int: 0 } } }],
    inputs: [{ name: 'x', dtype: 'float32', dims: [rows, sumColumns] }],
    outputs: [{ name: 'sums', dtype: 'float32', dims: [rows] }],
    constants: [{ name: 'axes', dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) }],
  });
  const x = new Float32Array(rows * sumColumns).fill(1); // written to, so that every page is real memory
  return {
    graph,
    request: {
      inputs: { x: { dtype: 'float32', dims: [rows, sumColumns], data: x } },
      outputs: { sums: { dtype: 'float32', dims: [rows], data: new Float32Array(rows) } },
    },
  };
}

/** Far more than the caches of today's processors hold. */
const readBytes = 256_000_000;
const samples = 7;

/** Bytes per second at which this machine reads memory: the median of some runs. */
export async function measureBandwidth(runtime: Runtime): Promise<number> {
  const { graph, request } = readGraph(readBytes);
  const session = await runtime.openSession(graph);
  try {
    await session.run(request); // pages and threads
    const seconds: number[] = [];
    for (let sample = 0; sample < samples; sample += 1) {
      const started = performance.now();
      await session.run(request);
      seconds.push((performance.now() - started) / 1000);
    }
    return readBytes / (seconds.sort((a, b) => a - b)[samples >> 1] as number);
  } finally {
    await session.dispose();
  }
}
