import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import type { OnnxAttribute } from '../onnx/onnx-types.ts';
import type { Weights } from '../quantize/weight-matrix.ts';
import type { LinearContext } from './linear.ts';

/** What every part of a graph is built from. */
export interface GraphContext extends LinearContext {
  readonly weights: Weights;
}

export interface VectorOptions {
  /** Shape of the constant. @default one dimension */
  readonly dims?: readonly number[];
  /** Makes it a matrix of this many columns. */
  readonly columns?: number;
  /** Factor of each element. */
  readonly scale?: Float32Array;
}

/** A norm weight, bias or embedding of the checkpoint as a float32 constant under its own name. */
export async function vector({ builder, weights }: GraphContext, tensor: string, options: VectorOptions = {}): Promise<string> {
  const values = await weights.vector(tensor);
  const { scale, columns } = options;
  if (scale !== undefined) for (let i = 0; i < values.length; i += 1) values[i] = (values[i] as number) * (scale[i] as number);
  const dims = columns === undefined ? (options.dims ?? [values.length]) : [values.length / columns, columns];
  return builder.weight(tensor, 'float32', dims, chunksOf(bytesOf(values)));
}

/** Attributes of the normalisation operators, all over the last axis. */
export function normOptions(epsilon: number): Readonly<Record<string, OnnxAttribute>> {
  return { epsilon: { float: epsilon } };
}
