import { openFfiRuntime } from '@h2ovl/core/internal/runtime/ffi/ffi-runtime';
import { WebgpuDevice } from '@h2ovl/core/internal/runtime/ffi/webgpu/webgpu-device';
import { encodeOnnx } from '@h2ovl/core/internal/runtime/onnx-bytes';
import type { Runtime } from '@h2ovl/core/internal/runtime/port';
import type { Stage } from './stage.ts';

const [heads, keyValueHeads, headSize, capacity] = [4, 2, 64, 64];

/** Rows of one step together and alone: equal lengths, and unequal ones, which this version of the provider gets wrong on software devices. */
export const rows: Stage = async (_input, report) => {
  const runtime = await openFfiRuntime({ threads: 1, reasons: [], openDevice: (environment) => WebgpuDevice.open(environment) });
  try {
    for (const lengths of [
      [20, 20],
      [10, 30],
      [40, 3, 17],
    ]) {
      const together = await attend(runtime, lengths, lengths);
      const size = heads * headSize;
      const errors: number[] = [];
      for (const [row, length] of lengths.entries()) {
        const alone = await attend(runtime, [length], lengths, row);
        let apart = 0;
        let largest = 0;
        for (let i = 0; i < size; i += 1) {
          apart = Math.max(apart, Math.abs((alone[i] as number) - (together[row * size + i] as number)));
          largest = Math.max(largest, Math.abs(alone[i] as number));
        }
        errors.push(Number((apart / largest).toPrecision(2)));
      }
      report(`rows of ${lengths.join(', ')}`, errors);
    }
  } finally {
    await runtime.dispose();
  }
};

/** One new position in each row; the numbers of a row depend on its place in `all` only. */
async function attend(runtime: Runtime, lengths: readonly number[], all: readonly number[], onlyRow?: number): Promise<Float32Array> {
  const batch = lengths.length;
  const numbers = (count: number, seed: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed) * 1.7);
  const rowsOf = (elements: number, seed: number): Float32Array => {
    const out = new Float32Array(batch * elements);
    const picked = onlyRow === undefined ? all.map((_, row) => row) : [onlyRow];
    for (const [at, row] of picked.entries()) out.set(numbers(elements, seed + 100 * row), at * elements);
    return out;
  };
  const floats = (dims: readonly number[], seed: number) =>
    ({
      dtype: 'float32',
      dims: [batch, ...dims],
      data: rowsOf(
        dims.reduce((a, b) => a * b, 1),
        seed,
      ),
    }) as const;
  const cache = [keyValueHeads, capacity, headSize];
  const inputs = {
    q: floats([1, heads * headSize], 1),
    k: floats([1, keyValueHeads * headSize], 2),
    v: floats([1, keyValueHeads * headSize], 3),
    keys: floats(cache, 4),
    values: floats(cache, 5),
    lengths: { dtype: 'int32', dims: [batch], data: Int32Array.from(lengths) },
    total: { dtype: 'int32', dims: [], data: Int32Array.of(Math.max(...lengths) + 1) },
  } as const;
  const graph = encodeOnnx({
    nodes: [
      {
        operator: 'GroupQueryAttention',
        domain: 'com.microsoft',
        inputs: Object.keys(inputs),
        outputs: ['y', 'new keys', 'new values'],
        attributes: { num_heads: { int: heads }, kv_num_heads: { int: keyValueHeads } },
      },
    ],
    inputs: Object.entries(inputs).map(([name, { dtype, dims }]) => ({ name, dtype, dims })),
    outputs: [{ name: 'y', dtype: 'float32', dims: [batch, 1, heads * headSize] }],
  });
  const session = await runtime.openSession(graph);
  const data = new Float32Array(batch * heads * headSize);
  await session.run({ inputs, outputs: { y: { dtype: 'float32', dims: [batch, 1, heads * headSize], data } } });
  await session.dispose();
  return data;
}
