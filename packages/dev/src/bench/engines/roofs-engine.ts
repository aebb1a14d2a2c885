import { readGraph } from '@h2ovl/core/internal/diagnose/read-bandwidth';
import { encodeOnnx } from '@h2ovl/core/internal/runtime/onnx-bytes';
import { openRuntime } from '@h2ovl/core/internal/runtime/open-runtime';
import type { RunRequest, Session } from '@h2ovl/core/internal/runtime/port';
import { median } from '../statistics.ts';
import type { EngineHandlers } from './engine-protocol.ts';

export interface RoofParams {
  readonly threads: number;
  /** Bytes that a bandwidth sample reads; far more than any cache. */
  readonly readBytes: number;
}

/** A matrix product [rows, depth] x [depth, columns]. */
export interface GemmShape {
  readonly type: 'float32' | 'int8';
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** A sample repeats its run until this much time is gone and tells the median: what the machine keeps up, as the works beside it have to. */
const sampleMs = 400;

/** What ONNX Runtime's kernels reach on this machine: `bandwidth` in GB/s, `gemm` in 10^9 operations a second. */
export async function start({ threads, readBytes }: RoofParams): Promise<EngineHandlers> {
  const runtime = await openRuntime({ threads });
  const opened = new Map<string, { readonly session: Session; readonly request: RunRequest }>();
  const prepare = async (key: string, make: () => { readonly graph: Uint8Array; readonly request: RunRequest }) => {
    const known = opened.get(key);
    if (known) return known;
    const { graph, request } = make();
    const prepared = { session: await runtime.openSession(graph), request };
    await prepared.session.run(request); // warm: pages and threads
    opened.set(key, prepared);
    return prepared;
  };
  const typicalMs = async ({ session, request }: { readonly session: Session; readonly request: RunRequest }): Promise<number> => {
    const times: number[] = [];
    for (const begun = performance.now(); performance.now() - begun < sampleMs; ) {
      const started = performance.now();
      await session.run(request);
      times.push(performance.now() - started);
    }
    return median(times);
  };
  return {
    bandwidth: async (): Promise<number> => readBytes / 1e6 / (await typicalMs(await prepare('read', () => readGraph(readBytes)))),
    gemm: async (shape: GemmShape): Promise<number> => {
      const { type, rows, depth, columns } = shape;
      const runMs = await typicalMs(await prepare(`${type}:${rows}:${depth}:${columns}`, () => gemmGraph(shape)));
      return (2 * rows * depth * columns) / 1e6 / runMs;
    },
  };
}

/** a [rows, depth] -> MatMul, or MatMulIntegerToFloat with one scale a column -> y [rows, columns] */
function gemmGraph({ type, rows, depth, columns }: GemmShape): { readonly graph: Uint8Array; readonly request: RunRequest } {
  const isFloat = type === 'float32';
  const y = { name: 'y', dtype: 'float32', dims: [rows, columns] } as const;
  const b = isFloat ? new Float32Array(depth * columns) : new Int8Array(depth * columns);
  for (let i = 0; i < b.length; i += 1) b[i] = isFloat ? Math.random() - 0.5 : Math.floor(Math.random() * 129) - 64;
  const graph = encodeOnnx({
    nodes: [
      isFloat
        ? { operator: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] }
        : { operator: 'MatMulIntegerToFloat', domain: 'com.microsoft', inputs: ['a', 'b', 'a_scale', 'b_scale', 'a_zero'], outputs: ['y'] },
    ],
    inputs: [{ name: 'a', dtype: isFloat ? 'float32' : 'uint8', dims: [rows, depth] }],
    outputs: [y],
    constants: [
      { name: 'b', dtype: isFloat ? 'float32' : 'int8', dims: [depth, columns], data: b },
      ...(isFloat
        ? []
        : [
            { name: 'a_scale', dtype: 'float32', dims: [], data: Float32Array.of(0.01) } as const,
            { name: 'b_scale', dtype: 'float32', dims: [columns], data: new Float32Array(columns).fill(0.01) } as const,
            { name: 'a_zero', dtype: 'uint8', dims: [], data: Uint8Array.of(128) } as const,
          ]),
    ],
  });
  const a = isFloat ? new Float32Array(rows * depth).fill(0.5) : new Uint8Array(rows * depth).fill(130);
  return {
    graph,
    request: {
      inputs: { a: { dtype: isFloat ? 'float32' : 'uint8', dims: [rows, depth], data: a } },
      outputs: { y: { dtype: 'float32', dims: [rows, columns], data: new Float32Array(rows * columns) } },
    },
  };
}
