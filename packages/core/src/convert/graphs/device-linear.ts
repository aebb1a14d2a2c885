import { VisionError } from '@h2ovl/contract';
import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import { float32ToFloat16Bits } from '../../tensor/half-float.ts';
import { int4Block, quantizeInt4 } from '../quantize/int4.ts';
import { int8Block, quantizeInt8Blocks } from '../quantize/int8-blocks.ts';
import type { WeightMatrix } from '../quantize/weight-matrix.ts';
import type { LinearContext, LinearLayer } from './linear-layer.ts';

/**
 * A linear layer as the WebGPU provider computes it fast: a product with [columns, rows], or 4 or 8 bits in blocks of 32 without zero points,
 * which are the forms it fuses with what stands before and after.
 */
export async function deviceLinear(context: LinearContext, layer: LinearLayer): Promise<string> {
  switch (context.format) {
    case 'float32':
    case 'float16':
    case 'bfloat16':
      return denseLinear(context, layer);
    case 'int8': {
      const { values, scales, sums } = await quantizeInt8Blocks(layer.weight, layer.rowScale);
      context.errors.add(layer.address, 'int8', sums);
      return blockLinear(context, layer, { bits: 8, block: int8Block, values, scales });
    }
    case 'int4': {
      const { values, scales, sums } = await quantizeInt4(layer.weight, layer.rowScale, true);
      context.errors.add(layer.address, 'int4', sums);
      return blockLinear(context, layer, { bits: 4, block: int4Block, values, scales });
    }
  }
}

/**
 *   input ──▶ MatMul ──▶ output
 *   weight ─────┘  [columns, rows] in the type the graph computes in
 */
async function denseLinear({ builder, form }: LinearContext, { address, input, weight, rowScale }: LinearLayer): Promise<string> {
  const { rows, columns } = weight;
  const values = await transposed(weight, rowScale, form.values, address);
  const name = await builder.weight(`${address}.weight`, form.values, [columns, rows], chunksOf(bytesOf(values)));
  return builder.node(address, 'MatMul', [input, name]);
}

interface BlockWeights {
  readonly bits: 4 | 8;
  readonly block: number;
  readonly values: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/**
 *   input ─▶ MatMulNBits ─▶ output
 * Accuracy level 4 multiplies in 8-bit integers where the device has them.
 */
async function blockLinear(
  { builder, form }: LinearContext,
  { address, input, weight }: LinearLayer,
  { bits, block, values, scales }: BlockWeights,
): Promise<string> {
  const { rows, columns } = weight;
  const blocks = scales.length / rows;
  const stored = form.values === 'float16' ? toFloat16(scales, address) : scales;
  const valueName = await builder.weight(`${address}.weight`, 'uint8', [rows, blocks, (block * bits) / 8], chunksOf(values));
  const scaleName = await builder.weight(`${address}.scale`, form.values, [rows, blocks], chunksOf(bytesOf(stored)));
  return builder.node(address, 'MatMulNBits', [input, valueName, scaleName], {
    domain: 'com.microsoft',
    attributes: { K: { int: columns }, N: { int: rows }, bits: { int: bits }, block_size: { int: block }, accuracy_level: { int: 4 } },
  });
}

/** Rows and columns of the squares that are transposed at once. */
const square = 64;

async function transposed(
  weight: WeightMatrix,
  rowScale: Float32Array | undefined,
  type: 'float32' | 'float16',
  name: string,
): Promise<Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>> {
  const { rows, columns } = weight;
  const out = type === 'float16' ? new Uint16Array(rows * columns) : new Float32Array(rows * columns);
  for await (const part of weight.floatBlocks(rowScale)) {
    const values = type === 'float16' ? toFloat16(part.values, name) : part.values;
    for (let top = 0; top < part.rows; top += square) {
      const bottom = Math.min(part.rows, top + square);
      for (let left = 0; left < columns; left += square) {
        const right = Math.min(columns, left + square);
        for (let column = left; column < right; column += 1) {
          const place = column * rows + part.firstRow;
          for (let row = top; row < bottom; row += 1) out[place + row] = values[row * columns + column] as number;
        }
      }
    }
  }
  return out;
}

/** A float16 exponent of all ones: infinity. */
const float16Infinity = 0x7c00;

/** Rounded to nearest even. @throws VisionError MODEL_UNSUPPORTED for a value beyond 65504 */
export function toFloat16(values: Float32Array, name: string): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const rounded = float32ToFloat16Bits(values[i] as number);
    if ((rounded & 0x7fff) === float16Infinity) {
      throw new VisionError('MODEL_UNSUPPORTED', `${name} holds ${values[i]}; float16 ends at 65504.`, {
        hint: 'Use a precision that computes in float32 on this device.',
      });
    }
    bits[i] = rounded;
  }
  return bits;
}
