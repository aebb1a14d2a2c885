import type { GraphForm, LinearFormat } from '../../model-files/manifest.ts';
import { bytesOf } from '../../tensor/bytes.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { ErrorReport } from '../quantize/error-report.ts';
import type { WeightMatrix } from '../quantize/weight-matrix.ts';
import type { TowerWork } from './tower-work.ts';

/** A linear layer without its bias: input [..., columns] -> [..., rows]. */
export interface LinearLayer {
  /** Where it stands in the model, e.g. `layers.0/attn/q_proj`; names its nodes and weights. */
  readonly address: string;
  /** Name of the value that goes in. */
  readonly input: string;
  readonly weight: WeightMatrix;
  /** Sizes of the input's axes but the last where they are always the same, as in the tower; undefined where runs differ, whose input is [B, S, columns]. */
  readonly tokens?: readonly number[] | undefined;
  /** Factor of each output (layer scale), multiplied into the weights in float32. */
  readonly rowScale?: Float32Array<ArrayBuffer> | undefined;
  /** Factor of each input, multiplied into the weights in float32. */
  readonly columnScale?: Float32Array<ArrayBuffer> | undefined;
  /** Address in a plan of the matrix that it is, or is a part of; undefined for layers that plans do not name. */
  readonly matrix?: string;
}

/** Where linear layers go and how they are stored. */
export interface LinearContext {
  readonly builder: GraphBuilder;
  readonly format: LinearFormat;
  readonly form: GraphForm;
  /** Largest magnitude of int8 weights. */
  readonly int8Limit: 64 | 127;
  readonly errors: ErrorReport;
  /** What is done with the matrices that plans name; undefined: they are stored in `format` as all others. */
  readonly tower?: TowerWork | undefined;
}

/**
 *   input ──▶ FusedMatMul(transB) ──▶ output
 *   weight ───────┘  [rows, columns] as the checkpoint stores it: packing at load reads either order, so nothing is transposed here
 */
export async function floatLinear(
  { builder }: LinearContext,
  { address, input, weight, rowScale, columnScale }: LinearLayer,
): Promise<string> {
  const { rows, columns } = weight;
  const name = await builder.weight(`${address}.weight`, 'float32', [rows, columns], floatChunks(weight, rowScale, columnScale));
  return multiplyFloat(builder, address, input, name);
}

/** input [..., columns] x weight [rows, columns] -> [..., rows] */
export function multiplyFloat(builder: GraphBuilder, address: string, input: string, weight: string): string {
  return builder.node(address, 'FusedMatMul', [input, weight], { domain: 'com.microsoft', attributes: { transB: { int: 1 } } });
}

async function* floatChunks(
  weight: WeightMatrix,
  rowScale: Float32Array | undefined,
  columnScale: Float32Array | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const { values } of weight.floatBlocks(rowScale, columnScale)) yield bytesOf(values);
}
