import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHeader, type TensorEntry } from '../../../../src/convert/safetensors/read-header.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'h2ovl-header-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A file with this header text and this many bytes of data, read. */
async function readFrom(header: string, dataBytes: number, claimedLength = Buffer.byteLength(header)): Promise<TensorEntry[]> {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimedLength));
  const file = join(directory, 'a.safetensors');
  await writeFile(file, Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]));
  const handle = await open(file);
  try {
    return await readHeader(handle, file);
  } finally {
    await handle.close();
  }
}

const tensor = (dtype: string, shape: unknown, offsets: unknown): string => JSON.stringify({ dtype, shape, data_offsets: offsets });

describe('readHeader', () => {
  it('finds tensors at their places in the file, whatever order the header has', async () => {
    const header = `{"__metadata__":{"format":"pt"},"b":${tensor('F32', [1], [4, 8])},"a":${tensor('BF16', [1, 2], [0, 4])}}`;
    const start = 8 + header.length;
    expect(await readFrom(header, 8)).toEqual([
      { name: 'b', dtype: 'F32', shape: [1], offset: start + 4, byteLength: 4 },
      { name: 'a', dtype: 'BF16', shape: [1, 2], offset: start, byteLength: 4 },
    ]);
  });

  it('accepts a scalar and a tensor without elements', async () => {
    const entries = await readFrom(`{"s":${tensor('F16', [], [0, 2])},"e":${tensor('F16', [0, 3], [2, 2])}}`, 2);
    expect(entries.map(({ byteLength }) => byteLength)).toEqual([2, 0]);
  });

  it.each([
    ['a data part that was cut off', `{"a":${tensor('F32', [2], [0, 8])}}`, 4, 'was cut off'],
    ['bytes after the last tensor', `{"a":${tensor('F32', [2], [0, 8])}}`, 12, 'but the file has'],
    ['a gap', `{"a":${tensor('F32', [1], [0, 4])},"b":${tensor('F32', [1], [8, 12])}}`, 12, 'leaves a gap after a'],
    ['an overlap', `{"a":${tensor('F32', [2], [0, 8])},"b":${tensor('F32', [1], [4, 8])}}`, 8, 'overlaps a'],
    ['a shape that lies about the bytes', `{"a":${tensor('F32', [3], [0, 8])}}`, 8, 'takes 12 bytes, but 8 are claimed'],
    ['a negative dimension', `{"a":${tensor('F32', [-1], [0, 4])}}`, 4, 'shape [-1]'],
    ['a dimension beyond exact integers', `{"a":${tensor('F32', [1e300], [0, 4])}}`, 4, 'whole numbers'],
    ['offsets out of order', `{"a":${tensor('F32', [1], [4, 0])}}`, 4, 'data_offsets [4,0]'],
    ['an entry without a shape', '{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4, 'lacks dtype, shape or data_offsets'],
    ['a null entry', '{"a":null}', 0, 'lacks dtype, shape or data_offsets'],
    ['a name that stands twice', `{"a":${tensor('F32', [1], [0, 4])},"\\u0061":${tensor('F32', [1], [4, 8])}}`, 8, 'lists "a" twice'],
    ['a header that is no JSON', '{"a":', 0, 'are not JSON'],
    ['a header that is a list', '[]', 0, 'not a JSON object'],
  ])('refuses %s', async (_, header, dataBytes, message) => {
    await expect(readFrom(header, dataBytes)).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      message: expect.stringContaining(message),
      file: join(directory, 'a.safetensors'),
      hint: expect.any(String),
    });
  });

  it('names the tensor that is wrong', async () => {
    await expect(readFrom(`{"layer.w":${tensor('F32', [3], [0, 8])}}`, 8)).rejects.toMatchObject({ tensor: 'layer.w' });
  });

  it('refuses a header longer than the file, and one longer than any real one before reading it', async () => {
    await expect(readFrom('{}', 0, 100)).rejects.toThrow('claims 100 bytes, but the file ends after 10');
    await expect(readFrom('{}', 0, 2 ** 40)).rejects.toThrow('at most 25000000 are read');
  });

  it('refuses a file without room for a header', async () => {
    const file = join(directory, 'short');
    await writeFile(file, 'short');
    const handle = await open(file);
    await expect(readHeader(handle, file)).rejects.toThrow('the file has 5 bytes');
    await handle.close();
  });

  it('refuses element types it would have to guess at', async () => {
    const header = `{"w":${tensor('F8_E4M3', [1], [0, 1])}}`;
    await expect(readFrom(header, 1)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      tensor: 'w',
      message: expect.stringContaining('F8_E4M3'),
    });
  });
});
