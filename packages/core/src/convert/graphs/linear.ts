import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import { int4Block, quantizeInt4 } from '../quantize/int4.ts';
import { sixteenBitChunks } from '../quantize/sixteen-bit.ts';
import { deviceLinear } from './device-linear.ts';
import { int8Linear } from './int8-linear.ts';
import { floatLinear, type LinearContext, type LinearLayer, multiplyFloat } from './linear-layer.ts';
import { towerLinear } from './tower-matrix.ts';

/** Adds a linear layer in its format; returns the name of its output. One function, so that every layer may be stored in every way. */
export async function linear(context: LinearContext, layer: LinearLayer): Promise<string> {
  if (context.form.device === 'webgpu') return deviceLinear(context, layer);
  if (context.tower !== undefined && layer.matrix !== undefined) return towerLinear(context, layer, layer.matrix, context.tower);
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
 *   weight (16 bit) ──▶ Cast ──▶ Mul(rowScale) ──▶ FusedMatMul(transB) ──▶ output
 * Cast and Mul work on constants: ONNX Runtime computes them once at load, in float32, so a bfloat16 checkpoint
 * gives the same numbers as float32 storage at half the disk.
 */
async function halfLinear({ builder }: LinearContext, layer: LinearLayer, format: 'float16' | 'bfloat16'): Promise<string> {
  const { address, input, weight, rowScale } = layer;
  const { rows, columns } = weight;
  const stored = await builder.weight(`${address}.weight`, format, [rows, columns], sixteenBitChunks(weight, format, address));
  const cast = builder.node(address, 'Cast', [stored], { attributes: { to: { int: 1 } } });
  if (rowScale === undefined) return multiplyFloat(builder, address, input, cast);
  const scale = await builder.weight(`${address}.scale`, 'float32', [rows, 1], chunksOf(bytesOf(rowScale)));
  return multiplyFloat(builder, address, input, builder.node(address, 'Mul', [cast, scale]));
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
