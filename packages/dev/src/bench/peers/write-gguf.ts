import { open, rename, rm } from 'node:fs/promises';
import type { LanguageConfig } from '@h2ovl/core/internal/model-files/model-config';
import { float32ToFloat16Bits } from '@h2ovl/core/internal/tensor/half-float';
import {
  encodeGgufHeader,
  type GgmlType,
  type GgufTensor,
  type GgufValue,
  ggmlBlocks,
  ggufAlignment,
  paddedTo,
  tensorBytes,
} from './gguf-header.ts';
import { RandomBytes } from './random-bytes.ts';

/**
 * Writes a model of the Llama type with random weights as llama.cpp's own tool stores Q4_0: matrices in Q4_0, the head in Q6_K, norms in float32.
 * The file appears when it is complete.
 */
export async function writeGguf(path: string, language: LanguageConfig, signal: AbortSignal): Promise<void> {
  const tensors = listTensors(language);
  const unfinished = `${path}.${process.pid}`;
  const file = await open(unfinished, 'w');
  try {
    await file.writeFile(encodeGgufHeader(describeModel(language), tensors));
    const random = new RandomBytes(1);
    for (const tensor of tensors) {
      signal.throwIfAborted();
      await file.writeFile(randomTensor(tensor, random)); // writes on from the present position
    }
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file.close();
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** The metadata that llama.cpp asks for, with a vocabulary of made-up pieces. */
export function describeModel(language: LanguageConfig): Readonly<Record<string, GgufValue>> {
  const pieces = makePieces(language.vocabularySize);
  return {
    'general.architecture': { string: 'llama' },
    'general.name': { string: 'bench' },
    'general.file_type': { uint32: 2 }, // mostly Q4_0
    'llama.context_length': { uint32: language.contextLength },
    'llama.embedding_length': { uint32: language.hiddenSize },
    'llama.block_count': { uint32: language.layers },
    'llama.feed_forward_length': { uint32: language.intermediateSize },
    'llama.attention.head_count': { uint32: language.heads },
    'llama.attention.head_count_kv': { uint32: language.keyValueHeads },
    'llama.attention.layer_norm_rms_epsilon': { float32: language.epsilon },
    'llama.rope.dimension_count': { uint32: language.headSize },
    'llama.rope.freq_base': { float32: language.ropeTheta },
    'llama.vocab_size': { uint32: language.vocabularySize },
    'tokenizer.ggml.model': { string: 'llama' },
    'tokenizer.ggml.tokens': { strings: pieces.map(({ text }) => text) },
    'tokenizer.ggml.scores': { float32s: pieces.map((_, id) => -id) },
    'tokenizer.ggml.token_type': { int32s: pieces.map(({ type }) => type) },
    'tokenizer.ggml.unknown_token_id': { uint32: 0 },
    'tokenizer.ggml.bos_token_id': { uint32: 1 },
    'tokenizer.ggml.eos_token_id': { uint32: 2 },
  };
}

const pieceTypes = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

/** Control tokens and all bytes first, as SentencePiece has them, then pieces nobody will write. */
function makePieces(count: number): readonly { readonly text: string; readonly type: number }[] {
  const special = [
    { text: '<unk>', type: pieceTypes.unknown },
    { text: '<s>', type: pieceTypes.control },
    { text: '</s>', type: pieceTypes.control },
  ];
  const bytes = Array.from({ length: 256 }, (_, byte) => ({
    text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    type: pieceTypes.byte,
  }));
  const fixed = special.length + bytes.length;
  const made = Array.from({ length: count - fixed }, (_, index) => ({ text: `piece${index}`, type: pieceTypes.normal }));
  return [...special, ...bytes, ...made];
}

export function listTensors(language: LanguageConfig): readonly GgufTensor[] {
  const { hiddenSize, intermediateSize, vocabularySize, heads, keyValueHeads, headSize } = language;
  const matrix = (name: string, columns: number, rows: number, type: GgmlType = 'Q4_0'): GgufTensor => ({
    name,
    type,
    dims: [columns, rows],
  });
  const norm = (name: string): GgufTensor => ({ name, type: 'F32', dims: [hiddenSize] });
  const layers = Array.from({ length: language.layers }, (_, layer) => [
    norm(`blk.${layer}.attn_norm.weight`),
    matrix(`blk.${layer}.attn_q.weight`, hiddenSize, heads * headSize),
    matrix(`blk.${layer}.attn_k.weight`, hiddenSize, keyValueHeads * headSize),
    matrix(`blk.${layer}.attn_v.weight`, hiddenSize, keyValueHeads * headSize),
    matrix(`blk.${layer}.attn_output.weight`, heads * headSize, hiddenSize),
    norm(`blk.${layer}.ffn_norm.weight`),
    matrix(`blk.${layer}.ffn_gate.weight`, hiddenSize, intermediateSize),
    matrix(`blk.${layer}.ffn_up.weight`, hiddenSize, intermediateSize),
    matrix(`blk.${layer}.ffn_down.weight`, intermediateSize, hiddenSize),
  ]);
  return [
    matrix('token_embd.weight', hiddenSize, vocabularySize),
    ...layers.flat(),
    norm('output_norm.weight'),
    matrix('output.weight', hiddenSize, vocabularySize, 'Q6_K'),
  ];
}

/** Random blocks whose scales keep activations near 1. */
function randomTensor(tensor: GgufTensor, random: RandomBytes): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(paddedTo(tensorBytes(tensor), ggufAlignment));
  if (tensor.type === 'F32') {
    new Float32Array(bytes.buffer, 0, tensor.dims[0]).fill(1);
    return bytes;
  }
  random.fill(bytes);
  const block = ggmlBlocks[tensor.type];
  const deviation = 1 / Math.sqrt(tensor.dims[0] ?? 1);
  const count = tensorBytes(tensor) / block.bytes;
  for (let index = 0; index < count; index += 1) {
    const at = index * block.bytes;
    if (tensor.type === 'Q4_0')
      writeHalf(bytes, at, deviation / 4.6); // 4.6: deviation of 16 equal levels
    else finishQ6(bytes, at, deviation);
  }
  return bytes;
}

/** A Q6_K block ends with 16 scales of 8 bits and one of 16; 18.5 is the deviation of 64 equal levels. */
function finishQ6(bytes: Uint8Array, at: number, deviation: number): void {
  const scale = 64;
  bytes.fill(scale, at + 192, at + 208);
  writeHalf(bytes, at + 208, deviation / 18.5 / scale);
}

function writeHalf(bytes: Uint8Array, at: number, value: number): void {
  const bits = float32ToFloat16Bits(value);
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >> 8;
}
