import type { GraphForm, LinearFormat } from '../../model-files/manifest.ts';
import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { ErrorReport } from '../quantize/error-report.ts';
import { int4Block, quantizeInt4 } from '../quantize/int4.ts';
import { quantizeInt8 } from '../quantize/int8.ts';
import { sixteenBitChunks } from '../quantize/sixteen-bit.ts';
import type { WeightMatrix } from '../quantize/weight-matrix.ts';
import { deviceLinear } from './device-linear.ts';

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
  readonly form: GraphForm;
  /** Largest magnitude of int8 weights. */
  readonly int8Limit: 64 | 127;
  readonly errors: ErrorReport;
}

/** Adds a linear layer in its format; returns the name of its output. One function, so that every layer may be stored in every way. */
export async function linear(context: LinearContext, layer: LinearLayer): Promise<string> {
  if (context.form.device === 'webgpu') return deviceLinear(context, layer);
  switch (context.format) {
    case 'float32':
      return floatLinear(context, layer);
    case 'float16':
    case 'bfloat16':
      return halfLinear(context, layer, context.format);
    case 'int8':
      return int8Linear(context, layer);
    case 'int4':
      return int4Linear(context, layer);
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
  const scale = await builder.weight(`${address}.scale`, 'float32', [rows, 1], chunksOf(bytesOf(rowScale)));
  return matMul(builder, address, input, builder.node(address, 'Mul', [cast, scale]));
}

/**
 *   input ─▶ |x| ─▶ max of the row ─▶ at least tiny ─┬──────────────────────────────────┐
 *      └──────────────────────────────────▶ ÷ ─▶ QuantizeLinear (u8) ─▶ integer product ─▶ x ─▶ output
 * One scale for each token: with one for the whole tensor a single large token costs all others their precision. Layers that read the
 * same value share its 8-bit form.
 */
async function int8Linear(
  { builder, int8Limit, errors }: LinearContext,
  { address, input, weight, rowScale }: LinearLayer,
): Promise<string> {
  const { rows, columns } = weight;
  const matrix = await quantizeInt8(weight, int8Limit, rowScale);
  errors.add(address, 'int8', matrix.sums);
  const values = await builder.weight(`${address}.weight`, 'int8', [columns, rows], chunksOf(bytesOf(matrix.values)));
  const scales = await builder.weight(`${address}.scale`, 'float32', [rows], chunksOf(bytesOf(matrix.scales)));
  const step = builder.constant('float32', [1 / 127], []);
  const zero = builder.constant('uint8', [128], []);
  const magnitude = builder.shared(`magnitude of ${input}`, () => rowMagnitude(builder, `${address}/input`, input));
  const bytes = builder.shared(`bytes of ${input}`, () => {
    const ratio = builder.node(`${address}/input`, 'Div', [input, magnitude]);
    return builder.node(`${address}/input`, 'QuantizeLinear', [ratio, step, zero]);
  });
  const product = builder.node(address, 'MatMulIntegerToFloat', [bytes, values, step, scales, zero], { domain: 'com.microsoft' });
  return builder.node(address, 'Mul', [product, magnitude]);
}

/** Smallest divisor of a row: a row of zeros must stay zeros instead of becoming 0 / 0. */
const tinyMagnitude = 1e-30;

function rowMagnitude(builder: GraphBuilder, address: string, input: string): string {
  const absolute = builder.node(address, 'Abs', [input]);
  const largest = builder.node(address, 'ReduceMax', [absolute, builder.constant('int64', [-1])], { attributes: { keepdims: { int: 1 } } });
  return builder.node(address, 'Max', [largest, builder.constant('float32', [tinyMagnitude], [])]);
}

/**
 *   input ─▶ MatMulNBits ─▶ output
 * Accuracy level 4 multiplies in 8-bit integers: it adds 0.5 % to the 8 % that four bits cost, and is the fast path.
 */
async function int4Linear({ builder, errors }: LinearContext, { address, input, weight, rowScale }: LinearLayer): Promise<string> {
  const { rows, columns } = weight;
  const matrix = await quantizeInt4(weight, rowScale);
  errors.add(address, 'int4', matrix.sums);
  const blocks = matrix.scales.length / rows;
  const values = await builder.weight(`${address}.weight`, 'uint8', [rows, blocks, int4Block / 2], chunksOf(matrix.values));
  const scales = await builder.weight(`${address}.scale`, 'float32', [rows, blocks], chunksOf(bytesOf(matrix.scales)));
  const zeros = await builder.weight(`${address}.zero`, 'uint8', [rows, matrix.zeros.length / rows], chunksOf(matrix.zeros));
  return builder.node(address, 'MatMulNBits', [input, values, scales, zeros], {
    domain: 'com.microsoft',
    attributes: { K: { int: columns }, N: { int: rows }, bits: { int: 4 }, block_size: { int: int4Block }, accuracy_level: { int: 4 } },
  });
}

function matMul(builder: GraphBuilder, address: string, input: string, weight: string): string {
  return builder.node(address, 'FusedMatMul', [input, weight], { domain: 'com.microsoft', attributes: { transB: { int: 1 } } });
}

async function* floatChunks(weight: WeightMatrix, rowScale: Float32Array | undefined): AsyncGenerator<Uint8Array> {
  for await (const { values } of weight.floatBlocks(rowScale)) yield bytesOf(values);
}
