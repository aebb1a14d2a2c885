import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { miniConfig, modelConfigOf } from '../../../../../dev/src/testing/mini-checkpoint.ts';
import { ErrorReport } from '../../../../src/convert/quantize/error-report.ts';
import { quantizeInt4 } from '../../../../src/convert/quantize/int4.ts';
import { quantizeInt8 } from '../../../../src/convert/quantize/int8.ts';
import { planConversion } from '../../../../src/convert/quantize/plan.ts';
import { sixteenBitChunks } from '../../../../src/convert/quantize/sixteen-bit.ts';
import { type WeightMatrix, Weights } from '../../../../src/convert/quantize/weight-matrix.ts';
import { openCheckpoint } from '../../../../src/convert/safetensors/open-checkpoint.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'h2ovl-quantize-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs `use` on a float32 matrix that was read from a file. */
async function withMatrix<T>(rows: readonly (readonly number[])[], use: (matrix: WeightMatrix) => Promise<T>): Promise<T> {
  const data = Float32Array.from(rows.flat());
  const shape = [rows.length, rows[0]?.length ?? 0];
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'F32', shape, data_offsets: [0, data.byteLength] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(join(directory, 'model.safetensors'), Buffer.concat([length, header, Buffer.from(data.buffer)]));
  const checkpoint = await openCheckpoint(directory);
  try {
    return await use(new Weights(checkpoint).matrix({ tensor: 'w' }));
  } finally {
    await checkpoint.close();
  }
}

describe('quantizeInt8', () => {
  it('scales each row by its largest weight and stores columns first', async () => {
    const { values, scales, sums } = await withMatrix(
      [
        [64, -32, 0],
        [1, 0.5, -0.25],
      ],
      (matrix) => quantizeInt8(matrix, 64),
    );
    expect([...values]).toEqual([64, 64, -32, 32, 0, -16]);
    expect([...scales]).toEqual([1, 1 / 64]);
    expect(sums.error).toBe(0);
  });

  it('keeps a row of zeros', async () => {
    const { values, scales } = await withMatrix([[0, 0]], (matrix) => quantizeInt8(matrix, 127));
    expect([...values, ...scales]).toEqual([0, 0, 0]);
  });

  it('multiplies rows by their factor first', async () => {
    const { scales } = await withMatrix([[127], [127]], (matrix) => quantizeInt8(matrix, 127, Float32Array.of(2, 0.5)));
    expect([...scales]).toEqual([2, 0.5]);
  });

  it('transposes matrices larger than its squares', async () => {
    const rows = Array.from({ length: 70 }, (_, row) => Array.from({ length: 130 }, (_, column) => ((row * 7 + column * 3) % 255) - 127));
    const full = rows.map((row) => [...row, 127]);
    const { values } = await withMatrix(full, (matrix) => quantizeInt8(matrix, 127));
    for (const [row, column] of [
      [0, 0],
      [69, 129],
      [64, 63],
      [13, 128],
    ] as const)
      expect(values[column * 70 + row]).toBe(rows[row]?.[column]);
  });
});

/** Weights that MatMulNBits will multiply with, from the packed form. */
function unpack({ values, scales, zeros }: Awaited<ReturnType<typeof quantizeInt4>>, rows: number, columns: number): number[] {
  const blocks = scales.length / rows;
  return Array.from({ length: rows * columns }, (_, index) => {
    const row = Math.floor(index / columns);
    const column = index % columns;
    const at = row * blocks + Math.floor(column / 32);
    const byte = values[at * 16 + Math.floor((column % 32) / 2)] as number;
    const zeroByte = zeros[row * Math.ceil(blocks / 2) + Math.floor(Math.floor(column / 32) / 2)] as number;
    const half = (value: number, isOdd: boolean): number => (isOdd ? value >> 4 : value & 15);
    return (half(byte, column % 2 === 1) - half(zeroByte, Math.floor(column / 32) % 2 === 1)) * (scales[at] as number);
  });
}

describe('quantizeInt4', () => {
  it('keeps sixteen evenly spaced weights exactly, wherever their range lies', async () => {
    const even = Array.from({ length: 32 }, (_, i) => (i % 16) - 7);
    const shifted = Array.from({ length: 32 }, (_, i) => (i % 16) - 3);
    const packed = await withMatrix([even, shifted], (matrix) => quantizeInt4(matrix));
    expect(unpack(packed, 2, 32)).toEqual([...even, ...shifted]);
    expect(packed.sums.error).toBe(0);
  });

  it('pads a last, shorter block and keeps zeros', async () => {
    const row = [...Array(32).fill(0), 3, -4];
    const packed = await withMatrix([row], (matrix) => quantizeInt4(matrix));
    expect([packed.values.length, packed.scales.length, packed.zeros.length]).toEqual([32, 2, 1]);
    const back = unpack(packed, 1, 34);
    expect(back.slice(0, 32).every((value) => value === 0)).toBe(true);
    expect(back[32]).toBeCloseTo(3, 0);
  });

  it('errs less than half a step, and by about 6 % on uniform weights', async () => {
    const rows = Array.from({ length: 8 }, (_, row) => Array.from({ length: 96 }, (_, i) => Math.sin(row * 97 + i * i)));
    const packed = await withMatrix(rows, (matrix) => quantizeInt4(matrix));
    const back = unpack(packed, 8, 96);
    const worst = Math.max(...rows.flat().map((value, i) => Math.abs(value - (back[i] as number))));
    expect(worst).toBeLessThan(0.2);
    expect(Math.sqrt(packed.sums.error / packed.sums.weight)).toBeLessThan(0.075);
  });
});

describe('sixteenBitChunks', () => {
  it('rounds float32 to nearest even', async () => {
    const bits: number[] = [];
    await withMatrix([[1, 1 + 2 ** -8, -2]], async (matrix) => {
      for await (const bytes of sixteenBitChunks(matrix, 'bfloat16', 'w')) bits.push(...new Uint16Array(bytes.slice().buffer));
    });
    expect(bits).toEqual([0x3f80, 0x3f80, 0xc000]);
  });
});

describe('planConversion', () => {
  it('keeps the type of the checkpoint when exact', async () => {
    const config = await modelConfigOf(miniConfig('mini-800m'));
    const of = (dtype: 'BF16' | 'F16' | 'F32') => planConversion('exact', { config, dtype }, 64).language;
    expect([of('BF16'), of('F16'), of('F32')]).toEqual(['bfloat16', 'float16', 'float32']);
  });

  it('gives int4 to Llama-type language parts only', async () => {
    const formats = async (name: 'mini-800m' | 'mini-2b') => {
      const { vision, language, head, int8Limit } = planConversion(
        'fast',
        { config: await modelConfigOf(miniConfig(name)), dtype: 'BF16' },
        127,
      );
      return [vision, language, head, int8Limit];
    };
    expect(await formats('mini-800m')).toEqual(['float32', 'int4', 'int8', 127]);
    expect(await formats('mini-2b')).toEqual(['float32', 'int8', 'int8', 127]);
  });
});

describe('ErrorReport', () => {
  it('joins the layers of a kind and remembers the worst', () => {
    const report = new ErrorReport();
    report.add('layers.0/o', 'int8', { error: 1, weight: 100 });
    report.add('layers.1/o', 'int8', { error: 3, weight: 300 });
    report.add('layers.2/o', 'int8', { error: 9, weight: 100 });
    report.add('zero', 'int8', { error: 0, weight: 0 });
    expect(report.groups()).toEqual([
      { group: 'layers.*/o', format: 'int8', matrices: 3, relativeError: Math.sqrt(13 / 500), largestError: 0.3 },
      { group: 'zero', format: 'int8', matrices: 1, relativeError: 0, largestError: 0 },
    ]);
  });
});
