import { bundleWorker } from '../../../dev/src/testing/bundle-script.ts';
import { openFfiRuntime } from '../../src/runtime/ffi/ffi-runtime.ts';
import { encodeOnnx } from '../../src/runtime/onnx-bytes.ts';
import type { Binding, DeviceTensor, Runtime, Session } from '../../src/runtime/port.ts';
import { openWorkerRuntime } from '../../src/runtime/worker/worker-runtime.ts';

/** Both adapters, for suites that hold them to the same promises. */
export const adapters = ['ffi', 'worker'] as const;
export type Adapter = (typeof adapters)[number];

/** Opens an adapter with one thread. */
export async function openAdapter(adapter: Adapter): Promise<Runtime> {
  const options = { threads: 1, reasons: ['a test'] };
  return adapter === 'ffi' ? openFfiRuntime(options) : openWorkerRuntime({ ...options, workerUrl: await bundleWorker() });
}

interface Float32Tensor {
  readonly dtype: 'float32';
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** A float32 [n]. */
export function vector(...values: number[]): Float32Tensor {
  return { dtype: 'float32', dims: [values.length], data: Float32Array.from(values) };
}

/** A float32 [size, size] of one value. */
export function square(size: number, value: number): Float32Tensor {
  return { dtype: 'float32', dims: [size, size], data: new Float32Array(size * size).fill(value) };
}

/** Runs addGraph() on two lists of the same length. */
export async function add(session: Session, left: readonly number[], right: readonly number[]): Promise<number[]> {
  const y = vector(...left.map(() => 0));
  await session.run({ inputs: { a: vector(...left), b: vector(...right) }, outputs: { y } });
  return [...y.data];
}

/** Puts numbers into float32 runtime memory, which only graphs can write. */
export async function fillTensor(runtime: Runtime, tensor: DeviceTensor, values: readonly number[]): Promise<void> {
  await move(runtime, vector(...values), tensor.view(0, [values.length]));
}

/** The numbers in float32 runtime memory. */
export async function readTensor(runtime: Runtime, tensor: DeviceTensor): Promise<number[]> {
  const count = tensor.byteLength / 4;
  const result = vector(...Array.from({ length: count }, () => 0));
  await move(runtime, tensor.view(0, [count]), result);
  return [...result.data];
}

async function move(runtime: Runtime, from: Binding, to: Binding): Promise<void> {
  const dims = ['n'];
  const graph = encodeOnnx({
    nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
    inputs: [{ name: 'x', dtype: 'float32', dims }],
    outputs: [{ name: 'y', dtype: 'float32', dims }],
  });
  const session = await runtime.openSession(graph);
  await session.run({ inputs: { x: from }, outputs: { y: to } });
  await session.dispose();
}
