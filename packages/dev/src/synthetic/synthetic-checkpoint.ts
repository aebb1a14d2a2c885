import { copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadProgress } from '@h2ovl/contract';
import { tensorShapes } from '@h2ovl/core/internal/convert/tensor-shapes';
import { readModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import { fillSynthetic, tensorHash, valueRule } from './synthetic-weights.ts';

/** Tokens that H2OVL checkpoints put after the SentencePiece pieces, in the order of their ids. */
export const addedTokens: readonly string[] = [
  '<img>',
  '</img>',
  '<IMG_CONTEXT>',
  '<quad>',
  '</quad>',
  '<ref>',
  '</ref>',
  '<box>',
  '</box>',
  '<|end|>',
];

/** Values made between two writes: 2 MiB of bfloat16. */
const blockValues = 1_048_576;

export interface SyntheticOptions {
  /** Folder to fill; made when it is not there. */
  readonly directory: string;
  /** Contents of config.json; decides all shapes. */
  readonly config: unknown;
  /** Chooses the weights. */
  readonly seed: number;
  /** A SentencePiece model with `vocab_size` - 10 pieces. */
  readonly tokenizerModel: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Writes a Hugging Face checkpoint whose weights are a pure function of seed, tensor name and element index, in bfloat16: the rule of
 * test/golden/reference/make_reference.py, so that any size can be rebuilt and no weights are stored.
 */
export async function writeSyntheticCheckpoint(options: SyntheticOptions): Promise<void> {
  const { directory, config, seed, tokenizerModel, signal, onProgress } = options;
  await mkdir(directory, { recursive: true });
  await writeConfigFiles(directory, config);
  await copyFile(tokenizerModel, join(directory, 'tokenizer.model'));
  const shapes = tensorShapes(await readModelConfig(directory));
  const header = safetensorsHeader(shapes);
  const totalBytes = header.dataBytes;
  const file = await open(join(directory, 'model.safetensors'), 'w');
  try {
    await file.write(header.bytes);
    let doneBytes = 0;
    for (const [name, shape] of shapes) {
      const count = elementCount(shape);
      const rule = valueRule(name, shape);
      const start = tensorHash(seed, name);
      for (let first = 0; first < count; first += blockValues) {
        signal?.throwIfAborted();
        const block = new Uint16Array(Math.min(blockValues, count - first));
        fillSynthetic(block, first, start, rule);
        await file.writeFile(new Uint8Array(block.buffer)); // writes on from the present position
        doneBytes += block.byteLength;
        onProgress?.({ type: 'convert', item: name, doneBytes, totalBytes });
      }
    }
  } finally {
    await file.close();
  }
}

/** Header of a safetensors file with bfloat16 tensors one after the other. */
export function safetensorsHeader(shapes: ReadonlyMap<string, readonly number[]>): {
  readonly bytes: Uint8Array;
  readonly dataBytes: number;
} {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, shape] of shapes) {
    const end = offset + elementCount(shape) * 2;
    entries[name] = { dtype: 'BF16', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = JSON.stringify(entries);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8)); // data starts at a multiple of 8
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return { bytes: Buffer.concat([length, text]), dataBytes: offset };
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

async function writeConfigFiles(directory: string, config: unknown): Promise<void> {
  const { vocab_size: vocabularySize, max_position_embeddings: contextLength } = (config as { llm_config: Record<string, number> })
    .llm_config;
  const base = (vocabularySize as number) - addedTokens.length;
  const ids = addedTokens.map((text, index) => [text, base + index] as const);
  const end = base + addedTokens.length - 1;
  const pieces = ['<unk>', '<s>', '</s>'].map((text, id) => [text, id] as const);
  const decoder = Object.fromEntries([...pieces, ...ids].map(([content, id]) => [id, { content, special: true }]));
  const files = {
    'config.json': config,
    'generation_config.json': { eos_token_id: [2, end], do_sample: false },
    'added_tokens.json': Object.fromEntries(ids),
    'special_tokens_map.json': { bos_token: '<s>', eos_token: '</s>', pad_token: '<unk>', unk_token: '<unk>' },
    'tokenizer_config.json': {
      add_bos_token: false,
      added_tokens_decoder: decoder,
      eos_token: '<|end|>',
      legacy: true,
      model_max_length: contextLength,
      tokenizer_class: 'LlamaTokenizer',
    },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), JSON.stringify(content, null, 2));
}
