import { encodeOnnx } from './onnx-bytes.ts';
import type { Runtime } from './port.ts';

/** Largest weight of an 8-bit layer that this machine multiplies exactly: 127, or 64 where pairs of products saturate in 16 bits. */
export type Int8Limit = 64 | 127;

const depth = 256;
const columns = 32;
const largestInput = 255;
const largestWeight = 127;

let processLimit: Promise<Int8Limit> | undefined;

/**
 * Runs one product of the largest uint8 inputs with the largest int8 weights, in the kernels for one row and for many, and looks whether
 * it is exact. Measured once per process.
 * @throws VisionError SESSION_FAILED
 */
export function probeInt8Limit(runtime: Runtime): Promise<Int8Limit> {
  processLimit ??= measureLimit(runtime).catch((error: unknown) => {
    processLimit = undefined; // a failed probe says nothing about the machine
    throw error;
  });
  return processLimit;
}

async function measureLimit(runtime: Runtime): Promise<Int8Limit> {
  const session = await runtime.openSession(probeGraph(), { threads: 1 });
  try {
    for (const rows of [1, 16]) {
      const a = { dtype: 'uint8', dims: [rows, depth], data: new Uint8Array(rows * depth).fill(largestInput) } as const;
      const y = { dtype: 'float32', dims: [rows, columns], data: new Float32Array(rows * columns) } as const;
      await session.run({ inputs: { a }, outputs: { y } });
      if (y.data.some((value) => value !== largestInput * largestWeight * depth)) return 64;
    }
    return 127;
  } finally {
    await session.dispose();
  }
}

/** a [rows, depth] uint8 -> MatMulIntegerToFloat with weights of 127 -> y [rows, columns] float32 */
function probeGraph(): Uint8Array {
  const scalar = { dtype: 'float32', dims: [1], data: Float32Array.of(1) } as const;
  return encodeOnnx({
    nodes: [{ operator: 'MatMulIntegerToFloat', domain: 'com.microsoft', inputs: ['a', 'b', 'a_scale', 'b_scale'], outputs: ['y'] }],
    inputs: [{ name: 'a', dtype: 'uint8', dims: ['rows', depth] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['rows', columns] }],
    constants: [
      { name: 'b', dtype: 'int8', dims: [depth, columns], data: new Int8Array(depth * columns).fill(largestWeight) },
      { name: 'a_scale', ...scalar },
      { name: 'b_scale', ...scalar },
    ],
  });
}
