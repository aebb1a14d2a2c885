import type { MatrixForm } from '../../model-files/vision-plan.ts';
import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { quantizeInt8 } from '../quantize/int8.ts';
import { type LinearContext, type LinearLayer, multiplyFloat } from './linear-layer.ts';

export type Int8Form = Extract<MatrixForm, { readonly type: 'int8' }>;

/** One product, one scale a token, every column in 8 bits. */
export const plainInt8: Int8Form = { type: 'int8', products: 1, apart: [] };

/** Adds a linear layer in 8 bits; returns the name of its output. Layers that read the same value share its 8-bit form. */
export async function int8Linear(context: LinearContext, layer: LinearLayer, form: Int8Form = plainInt8): Promise<string> {
  const { address, input, tokens } = layer;
  const weights = await int8Weights(context, layer, form.apart);
  return int8Product(context.builder, { address, input, weights, form, tokens });
}

/** Names of the constants of a matrix in 8 bits. */
export interface Int8Weights {
  /** [columns, rows] int8. */
  readonly values: string;
  /** [rows] float32. */
  readonly scales: string;
  /** Of the matrix: its inputs. */
  readonly columns: number;
  /** [rows, columns apart] float32; undefined where there are none. */
  readonly apart: string | undefined;
}

/** Stores the matrix; columns that are `apart` are zeros among the 8-bit values, where they would take the precision of the others, and float32 beside them. */
export async function int8Weights(
  { builder, int8Limit, errors }: LinearContext,
  { address, weight, rowScale, columnScale }: LinearLayer,
  apart: readonly number[],
): Promise<Int8Weights> {
  const { rows, columns } = weight;
  const kept = apart.length === 0 ? columnScale : Float32Array.from(columnScale ?? new Float32Array(columns).fill(1));
  if (apart.length > 0) for (const column of apart) (kept as Float32Array)[column] = 0;
  const matrix = await quantizeInt8(weight, int8Limit, rowScale, kept);
  errors.add(address, 'int8', matrix.sums);
  const values = await builder.weight(`${address}.weight`, 'int8', [columns, rows], chunksOf(bytesOf(matrix.values)));
  const scales = await builder.weight(`${address}.scale`, 'float32', [rows], chunksOf(bytesOf(matrix.scales)));
  if (apart.length === 0) return { values, scales, columns, apart: undefined };
  const taken = await takeColumns({ weight, rowScale, columnScale }, apart);
  const name = await builder.weight(`${address}.apart`, 'float32', [rows, apart.length], chunksOf(bytesOf(taken)));
  return { values, scales, columns, apart: name };
}

async function takeColumns(
  { weight, rowScale, columnScale }: Pick<LinearLayer, 'weight' | 'rowScale' | 'columnScale'>,
  apart: readonly number[],
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(weight.rows * apart.length);
  for await (const block of weight.floatBlocks(rowScale, columnScale)) {
    for (let row = 0; row < block.rows; row += 1) {
      for (const [at, column] of apart.entries()) {
        out[(block.firstRow + row) * apart.length + at] = block.values[row * weight.columns + column] as number;
      }
    }
  }
  return out;
}

/** A product of a value with a stored matrix. */
export interface Int8Product {
  readonly address: string;
  readonly input: string;
  readonly weights: Int8Weights;
  readonly form: Int8Form;
  /** As in `LinearLayer`. */
  readonly tokens: readonly number[] | undefined;
}

/**
 *   input ─▶ zeros in the columns apart ─▶ 8-bit product ─▶ + ─▶ output
 *      └───▶ the columns apart ─▶ float32 product ──────────┘
 * The columns are taken out of the input too: they would decide the scale of the token.
 */
export async function int8Product(builder: GraphBuilder, { address, input, weights, form, tokens }: Int8Product): Promise<string> {
  const { products, apart } = form;
  const multiply = products === 1 ? multiplyOnce : multiplyTwice;
  if (weights.apart === undefined) return multiply(builder, { address, input, weights, tokens });
  const key = `${input} apart from ${apart.join(',')}`;
  const columns = weights.columns;
  const mask = await builder.sharedWeight(`mask of ${columns} without ${apart.join(',')}`, 'float32', [columns], () => {
    const kept = new Float32Array(columns).fill(1);
    for (const column of apart) kept[column] = 0;
    return chunksOf(bytesOf(kept));
  });
  const rest = builder.shared(`rest of ${key}`, () => builder.node(`${address}/rest`, 'Mul', [input, mask]));
  const taken = builder.shared(`columns of ${key}`, () =>
    builder.node(`${address}/apart`, 'Gather', [input, builder.constant('int64', apart)], { attributes: { axis: { int: -1 } } }),
  );
  const product = await multiply(builder, { address, input: rest, weights, tokens });
  return builder.node(`${address}/sum`, 'Add', [product, multiplyFloat(builder, `${address}/apart`, taken, weights.apart)]);
}

type Multiplication = Omit<Int8Product, 'form'>;

/**
 *   input ─▶ largest magnitude of the row ─┬──────────────────────────────┐
 *      └────────────────────────────▶ bytes (u8) ─▶ integer product ─▶ x ─▶ output
 * One scale for each token: with one for the whole tensor a single large token costs all others their precision.
 */
async function multiplyOnce(builder: GraphBuilder, product: Multiplication): Promise<string> {
  const { address, weights } = product;
  const step = builder.constant('float32', [1 / 127], []);
  const zero = builder.constant('uint8', [128], []);
  const bytes = await rowBytes(builder, product);
  const multiplied = integerProduct(builder, address, [bytes, weights.values, step, weights.scales, zero]);
  return builder.node(address, 'Mul', [multiplied, rowMagnitude(builder, product)]);
}

/**
 *   input ÷ step ─┬─▶ round ─▶ high (u8) ─▶ integer product ─────┬─▶ + ─▶ x step ─▶ output        step = max of the row / 127
 *                 └─▶ - ─▶ x 254 ─▶ low (u8) ─▶ integer product ─┘
 * What rounding to 8 bits leaves is at most half a step: another 8 bits of it make 16 of each activation. The weights stay in 8 bits.
 */
async function multiplyTwice(builder: GraphBuilder, product: Multiplication): Promise<string> {
  const { address, input, weights } = product;
  const one = builder.constant('float32', [1], []);
  const lowStep = builder.constant('float32', [1 / 254], []);
  const zero = builder.constant('uint8', [128], []);
  const at = `${address}/halves`;
  const step = rowStep(builder, product);
  const steps = builder.shared(`steps of ${input}`, () => builder.node(at, 'Div', [input, step]));
  const whole = builder.shared(`whole steps of ${input}`, () => builder.node(at, 'Round', [steps]));
  const high = builder.shared(`high half of ${input}`, () => builder.node(`${at}/high`, 'QuantizeLinear', [whole, one, zero]));
  const low = builder.shared(`low half of ${input}`, () => {
    const rest = builder.node(`${at}/low`, 'Sub', [steps, whole]);
    return builder.node(`${at}/low`, 'QuantizeLinear', [rest, lowStep, zero]);
  });
  const products = [
    integerProduct(builder, `${address}/high`, [high, weights.values, one, weights.scales, zero]),
    integerProduct(builder, `${address}/low`, [low, weights.values, lowStep, weights.scales, zero]),
  ];
  return builder.node(address, 'Mul', [builder.node(`${address}/halves.sum`, 'Add', products), step]);
}

function integerProduct(builder: GraphBuilder, address: string, inputs: readonly string[]): string {
  return builder.node(address, 'MatMulIntegerToFloat', inputs, { domain: 'com.microsoft' });
}

/** Smallest magnitude of a row: a row of zeros must stay zeros instead of becoming 0 / 0. */
const tinyMagnitude = 1e-30;

/** The largest magnitude of each row. [..., tokens, 1] */
function rowMagnitude(builder: GraphBuilder, { address, input, tokens }: Multiplication): string {
  return builder.shared(`magnitude of ${input}`, () => {
    const at = `${address}/input`;
    const tiny = builder.constant('float32', [tinyMagnitude], []);
    return builder.node(at, 'Max', [...(tokens === undefined ? magnitudes(builder, at, input) : bounds(builder, at, input)), tiny]);
  });
}

/** What a step of each row is worth. [..., tokens, 1] */
function rowStep(builder: GraphBuilder, product: Multiplication): string {
  return builder.shared(`step of ${product.input}`, () =>
    builder.node(`${product.address}/step`, 'Mul', [rowMagnitude(builder, product), builder.constant('float32', [1 / 127], [])]),
  );
}

/** Few nodes, for runs of one token. The axis is counted from the front: for no rows at all ONNX Runtime 1.27 gives a wrong shape where it is counted from the back. */
function magnitudes(builder: GraphBuilder, address: string, input: string): readonly string[] {
  return [reduceRows(builder, address, 'ReduceMax', builder.node(address, 'Abs', [input]), 2)];
}

/** Both ends of each row: reading it twice takes half the time of writing its magnitudes and reading them. */
function bounds(builder: GraphBuilder, address: string, input: string): readonly string[] {
  const least = builder.node(address, 'Neg', [reduceRows(builder, address, 'ReduceMin', input, -1)]);
  return [reduceRows(builder, address, 'ReduceMax', input, -1), least];
}

function reduceRows(builder: GraphBuilder, address: string, operator: 'ReduceMax' | 'ReduceMin', input: string, axis: number): string {
  return builder.node(address, operator, [input, builder.constant('int64', [axis])], { attributes: { keepdims: { int: 1 } } });
}

/**
 * The input in steps, rounded and moved by 128. Where the rows are always as many, one node reads a step for each of them; its zero points are as many numbers,
 * which are a constant then. Each row is a block of its own: the same steps along an axis give the same bytes, but all rows in one thread.
 */
async function rowBytes(builder: GraphBuilder, product: Multiplication): Promise<string> {
  const { address, input, tokens, weights } = product;
  const at = `${address}/input`;
  const key = `bytes of ${input}`;
  if (tokens === undefined) {
    const [step, zero] = [builder.constant('float32', [1 / 127], []), builder.constant('uint8', [128], [])];
    return builder.shared(key, () =>
      builder.node(at, 'QuantizeLinear', [builder.node(at, 'Div', [input, rowMagnitude(builder, product)]), step, zero]),
    );
  }
  const zeros = await builder.sharedWeight(`zero points of ${tokens.join(' x ')} rows`, 'uint8', [...tokens, 1], () =>
    chunksOf(new Uint8Array(elementCount(tokens)).fill(128)),
  );
  const blocks = { axis: { int: -1 }, block_size: { int: weights.columns } };
  return builder.shared(key, () => builder.node(at, 'QuantizeLinear', [input, rowStep(builder, product), zeros], { attributes: blocks }));
}
