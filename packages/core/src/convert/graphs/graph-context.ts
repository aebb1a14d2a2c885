import type { GraphForm } from '../../model-files/manifest.ts';
import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { OnnxAttribute } from '../onnx/onnx-types.ts';
import type { Weights } from '../quantize/weight-matrix.ts';
import { toFloat16 } from './device-linear.ts';
import type { LinearContext } from './linear-layer.ts';

/** What every part of a graph is built from. */
export interface GraphContext extends LinearContext {
  readonly weights: Weights;
}

export interface VectorOptions {
  /** Shape of the constant. @default one dimension */
  readonly dims?: readonly number[];
  /** Makes it a matrix of one row. */
  readonly isRow?: boolean;
  /** Makes it a matrix of this many columns. */
  readonly columns?: number;
  /** Factor of each element. */
  readonly scale?: Float32Array | undefined;
}

/** A norm weight, bias or embedding of the checkpoint as a constant under its own name, in the type the graph computes in. */
export async function vector({ builder, weights, form }: GraphContext, tensor: string, options: VectorOptions = {}): Promise<string> {
  const values = await weights.vector(tensor);
  const { scale, isRow = false } = options;
  const columns = isRow ? values.length : options.columns;
  if (scale !== undefined) for (let i = 0; i < values.length; i += 1) values[i] = (values[i] as number) * (scale[i] as number);
  const dims = columns === undefined ? (options.dims ?? [values.length]) : [values.length / columns, columns];
  return floats(builder, form, tensor, dims, values);
}

/**
 * input + the tensor `bias` ─▶ GELU. The bias has two dimensions: one of a single dimension would be joined with the GELU to `BiasGelu`, whose kernel for the CPU
 * takes one and a half times as long with AVX-512 and gives the same numbers. A GPU has a kernel for both together.
 */
export async function addBiasAndGelu(context: GraphContext, address: string, input: string, bias: string): Promise<string> {
  const { builder, form } = context;
  if (form.device !== 'cpu') return builder.node(address, 'BiasGelu', [input, await vector(context, bias)], { domain: 'com.microsoft' });
  const added = builder.node(address, 'Add', [input, await vector(context, bias, { isRow: true })]);
  return builder.node(address, 'Gelu', [added]);
}

/** Attributes of the normalisation operators, all over the last axis. */
export function normOptions(epsilon: number): Readonly<Record<string, OnnxAttribute>> {
  return { epsilon: { float: epsilon } };
}

/** Numbers as a constant in the type the graph computes in. */
export async function floats(
  builder: GraphBuilder,
  form: GraphForm,
  name: string,
  dims: readonly number[],
  values: Float32Array<ArrayBuffer>,
): Promise<string> {
  const stored = form.values === 'float16' ? toFloat16(values, name) : values;
  return builder.weight(name, form.values, dims, chunksOf(bytesOf(stored)));
}

const onnxFloat = { float32: 1, float16: 10 } as const;

/** A float32 value from outside, in the type the graph computes in. */
export function fromFloat32({ builder, form }: GraphContext, address: string, value: string): string {
  if (form.values === 'float32') return value;
  return builder.node(address, 'Cast', [value], { attributes: { to: { int: onnxFloat.float16 } } });
}

/** The other way round. */
export function toFloat32({ builder, form }: GraphContext, address: string, value: string): string {
  if (form.values === 'float32') return value;
  return builder.node(address, 'Cast', [value], { attributes: { to: { int: onnxFloat.float32 } } });
}
