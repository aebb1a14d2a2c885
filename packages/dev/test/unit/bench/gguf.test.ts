import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageConfig } from '@h2ovl/core/internal/model-files/model-config';
import { expect, test } from 'vitest';
import { encodeGgufHeader, type GgufTensor, tensorBytes } from '../../../src/bench/peers/gguf-header.ts';
import { describeModel, listTensors, writeGguf } from '../../../src/bench/peers/write-gguf.ts';

interface ParsedGguf {
  readonly version: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly { readonly name: string; readonly dims: readonly number[]; readonly type: number; readonly offset: number }[];
  readonly headerBytes: number;
}

/** A reader of its own, written from the format's description. */
function parseGguf(bytes: Uint8Array): ParsedGguf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const skip = (count: number): number => {
    at += count;
    return at - count;
  };
  const uint32 = (): number => view.getUint32(skip(4), true);
  const uint64 = (): number => Number(view.getBigUint64(skip(8), true));
  const text = (): string => {
    const length = uint64();
    const start = skip(length);
    return Buffer.from(bytes.subarray(start, start + length)).toString();
  };
  const value = (type: number): unknown => {
    if (type === 4) return uint32();
    if (type === 5) return view.getInt32(skip(4), true);
    if (type === 6) return view.getFloat32(skip(4), true);
    if (type === 8) return text();
    if (type !== 9) throw new Error(`type ${type} at ${at}`);
    const itemType = uint32();
    return Array.from({ length: uint64() }, () => value(itemType));
  };
  expect(Buffer.from(bytes.subarray(skip(4), at)).toString()).toBe('GGUF');
  const version = uint32();
  const tensorCount = uint64();
  const metadata = Object.fromEntries(Array.from({ length: uint64() }, () => [text(), value(uint32())]));
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = text();
    const dims = Array.from({ length: uint32() }, uint64);
    return { name, dims, type: uint32(), offset: uint64() };
  });
  return { version, metadata, tensors, headerBytes: Math.ceil(at / 32) * 32 };
}

test('writes a header that reads back as it was meant, padded to whole blocks of 32 bytes', () => {
  const header = encodeGgufHeader(
    {
      'a.text': { string: 'é' },
      'a.count': { uint32: 7 },
      'a.part': { float32: 0.5 },
      'a.list': { int32s: [1, -2] },
      'a.words': { strings: ['x', ''] },
    },
    [
      { name: 'first', type: 'F32', dims: [3] },
      { name: 'second', type: 'Q4_0', dims: [64, 2] },
    ],
  );
  const parsed = parseGguf(header);
  expect(parsed.version).toBe(3);
  expect(parsed.metadata).toEqual({ 'a.text': 'é', 'a.count': 7, 'a.part': 0.5, 'a.list': [1, -2], 'a.words': ['x', ''] });
  expect(parsed.tensors).toEqual([
    { name: 'first', dims: [3], type: 0, offset: 0 },
    { name: 'second', dims: [64, 2], type: 2, offset: 32 }, // 12 bytes, padded
  ]);
  expect(header.length).toBe(parsed.headerBytes);
});

test('counts the bytes of whole blocks, and refuses parts of one', () => {
  const tensor = (type: GgufTensor['type'], columns: number): GgufTensor => ({ name: 't', type, dims: [columns, 2] });
  expect(tensorBytes(tensor('F32', 3))).toBe(24);
  expect(tensorBytes(tensor('Q4_0', 64))).toBe(72); // 4 blocks of 18
  expect(tensorBytes(tensor('Q6_K', 256))).toBe(420);
  expect(() => tensorBytes(tensor('Q4_0', 40))).toThrow('40 columns are not whole blocks');
});

const tiny: LanguageConfig = {
  hiddenSize: 256,
  intermediateSize: 64,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 64,
  vocabularySize: 300,
  contextLength: 128,
  ropeTheta: 10_000,
  epsilon: 1e-5,
  tiedHead: false,
};

test('describes a model of the Llama type with a vocabulary that has every byte', () => {
  const { metadata } = parseGguf(encodeGgufHeader(describeModel(tiny), []));
  expect(metadata).toMatchObject({
    'general.architecture': 'llama',
    'llama.block_count': 2,
    'llama.attention.head_count': 4,
    'llama.attention.head_count_kv': 2,
    'llama.rope.dimension_count': 64,
    'tokenizer.ggml.eos_token_id': 2,
  });
  const tokens = metadata['tokenizer.ggml.tokens'] as readonly string[];
  expect([tokens.length, tokens[0], tokens[3], tokens[258], tokens[299]]).toEqual([300, '<unk>', '<0x00>', '<0xFF>', 'piece40']);
  expect(new Set(tokens).size).toBe(300);
  expect((metadata['tokenizer.ggml.token_type'] as readonly number[]).slice(0, 4)).toEqual([2, 3, 3, 6]);
});

test('writes a file in which every tensor lies whole at its place, with weights that are finite and not all equal', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'h2ovl-gguf-'));
  try {
    const path = join(folder, 'tiny.gguf');
    await writeGguf(path, tiny, new AbortController().signal);
    const bytes = new Uint8Array(await readFile(path));
    const { tensors, headerBytes } = parseGguf(bytes);
    const last = tensors.at(-1) as (typeof tensors)[number];
    expect(tensors).toHaveLength(3 + 9 * tiny.layers);
    expect(last).toMatchObject({ name: 'output.weight', dims: [256, 300], type: 14 });
    expect(headerBytes + last.offset + tensorBytes(listTensors(tiny).at(-1) as GgufTensor)).toBeLessThanOrEqual(bytes.length);
    const blocks = bytes.subarray(headerBytes, headerBytes + 36); // two blocks of the embedding
    expect([...blocks.subarray(0, 2)]).toEqual([...blocks.subarray(18, 20)]); // the same scale
    expect((blocks[1] as number) & 0x7c).toBeLessThan(0x7c); // a half float that is not infinite
    expect([...blocks.subarray(2, 18)]).not.toEqual([...blocks.subarray(20, 36)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('leaves no file behind when it is stopped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'h2ovl-gguf-'));
  try {
    const path = join(folder, 'tiny.gguf');
    await expect(writeGguf(path, tiny, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
