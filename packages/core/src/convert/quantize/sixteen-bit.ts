import { VisionError } from '@h2ovl/contract';
import { float32ToBfloat16Bits, float32ToFloat16Bits } from '../../tensor/half-float.ts';
import { toFloat32 } from '../safetensors/open-checkpoint.ts';
import type { RowBlock, WeightMatrix } from './weight-matrix.ts';

/** A float16 exponent of all ones: infinity. */
const float16Infinity = 0x7c00;

/**
 * The weights as 16-bit floats: copied when they are stored so, rounded to nearest even otherwise.
 * @throws VisionError MODEL_UNSUPPORTED when a weight is too large for float16
 */
export async function* sixteenBitChunks(weight: WeightMatrix, format: 'float16' | 'bfloat16', name: string): AsyncGenerator<Uint8Array> {
  for await (const block of weight.blocks()) yield isStoredAs(block, format) ? block.bytes : round(block, format, name);
}

function isStoredAs({ dtype }: RowBlock, format: 'float16' | 'bfloat16'): boolean {
  return dtype === (format === 'bfloat16' ? 'BF16' : 'F16');
}

function round(block: RowBlock, format: 'float16' | 'bfloat16', name: string): Uint8Array {
  const values = toFloat32(block.dtype, block.bytes);
  const bits = new Uint16Array(values.length);
  const convert = format === 'bfloat16' ? float32ToBfloat16Bits : float32ToFloat16Bits;
  for (let i = 0; i < values.length; i += 1) {
    bits[i] = convert(values[i] as number);
    if (format === 'float16' && ((bits[i] as number) & 0x7fff) === float16Infinity) {
      throw new VisionError('MODEL_UNSUPPORTED', `${name} holds the weight ${values[i]}; float16 ends at 65504.`, {
        hint: 'Choose bfloat16 or float32 for this part.',
      });
    }
  }
  return new Uint8Array(bits.buffer);
}
