import { VisionError } from '../../errors.ts';
import type { LinearFormat } from '../../model-files/manifest.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { ErrorReport } from './error-report.ts';
import { sixteenBitChunks } from './sixteen-bit.ts';
import type { WeightMatrix } from './weight-matrix.ts';

/** A linear layer without its bias: input [..., columns] -> [..., rows]. */
export interface LinearLayer {
  /** Where it stands in the model, e.g. `layers.0/attn/q_proj`; names its nodes and weights. */
  readonly address: string;
  /** Name of the value that goes in. */
  readonly input: string;
  readonly weight: WeightMatrix;
  /** Factor of each output (layer scale), multiplied into the weights in float32. */
  readonly rowScale?: Float32Array<ArrayBuffer>;
}

/** Where linear layers go and how they are stored. */
export interface LinearContext {
  readonly builder: GraphBuilder;
  readonly format: LinearFormat;
  readonly errors: ErrorReport;
}

/** Adds a linear layer in its format; returns the name of its output. One function, so that every layer may be stored in every way. */
export async function linear(context: LinearContext, layer: LinearLayer): Promise<string> {
  switch (context.format) {
    case 'float32':
      return floatLinear(context, layer);
    case 'float16':
    case 'bfloat16':
      return halfLinear(context, layer, context.format);
    case 'int8':
    case 'int4':
      throw new VisionError('MODEL_UNSUPPORTED', `${context.format} weights cannot be written yet.`, { hint: 'Use the precision exact.' });
  }
}

/**
 *   input ──▶ FusedMatMul(transB) ──▶ output
 *   weight ───────┘  [rows, columns] as the checkpoint stores it: packing at load reads either order, so nothing is transposed here
 */
async function floatLinear({ builder }: LinearContext, { address, input, weight, rowScale }: LinearLayer): Promise<string> {
  const { rows, columns } = weight;
  const name = await builder.weight(`${address}.weight`, 'float32', [rows, columns], floatChunks(weight, rowScale));
  return matMul(builder, address, input, name);
}

/**
 *   weight (16 bit) ──▶ Cast ──▶ Mul(rowScale) ──▶ FusedMatMul(transB) ──▶ output
 * Cast and Mul work on constants: ONNX Runtime computes them once at load, in float32, so a bfloat16 checkpoint
 * gives the same numbers as float32 storage at half the disk.
 */
async function halfLinear({ builder }: LinearContext, layer: LinearLayer, format: 'float16' | 'bfloat16'): Promise<string> {
  const { address, input, weight, rowScale } = layer;
  const { rows, columns } = weight;
  const stored = await builder.weight(`${address}.weight`, format, [rows, columns], sixteenBitChunks(weight, format, address));
  const cast = builder.node(address, 'Cast', [stored], { attributes: { to: { int: 1 } } });
  if (rowScale === undefined) return matMul(builder, address, input, cast);
  const scale = await builder.weight(`${address}.scale`, 'float32', [rows, 1], once(bytesOf(rowScale)));
  return matMul(builder, address, input, builder.node(address, 'Mul', [cast, scale]));
}

function matMul(builder: GraphBuilder, address: string, input: string, weight: string): string {
  return builder.node(address, 'FusedMatMul', [input, weight], { domain: 'com.microsoft', attributes: { transB: { int: 1 } } });
}

async function* floatChunks(weight: WeightMatrix, rowScale: Float32Array | undefined): AsyncGenerator<Uint8Array> {
  for await (const { values } of weight.floatBlocks(rowScale)) yield bytesOf(values);
}

/** The memory of a typed array as bytes, little endian on every platform Node 20 runs on with ONNX Runtime. */
export function bytesOf(array: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** One chunk as the sequence that `GraphBuilder.weight` takes. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
