import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModelConfig, readModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import { writeSyntheticCheckpoint } from '../synthetic/synthetic-checkpoint.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../../core/test/golden/reference/${name}`, import.meta.url));

export interface RawMiniConfig extends Record<string, unknown> {
  llm_config: Record<string, unknown>;
  vision_config: Record<string, unknown>;
}

/** The config.json of a miniature, as a fresh object. */
export function miniConfig(name: 'mini-800m' | 'mini-2b'): RawMiniConfig {
  return JSON.parse(readFileSync(golden(`${name}.json`), 'utf8')).config;
}

/** The smallest configuration that has every part: two vision layers, two language layers, 660 kB of weights. */
export function tinyConfig(config: RawMiniConfig = miniConfig('mini-800m')): RawMiniConfig {
  Object.assign(config.llm_config, {
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
  });
  Object.assign(config.llm_config, { max_position_embeddings: 128 });
  Object.assign(config.vision_config, {
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    patch_size: 112,
  });
  return config;
}

/** Writes the synthetic checkpoint of a configuration into a folder. */
export function writeMiniCheckpoint(directory: string, config: unknown = tinyConfig(), seed = 7): Promise<void> {
  return writeSyntheticCheckpoint({ directory, config, seed, tokenizerModel: golden('mini-tokenizer.model') });
}

/** A configuration as readModelConfig sees it, tokenizer files made up. */
export async function modelConfigOf(config: Readonly<Record<string, unknown>>): Promise<ModelConfig> {
  const directory = await mkdtemp(join(tmpdir(), 'h2ovl-config-'));
  const vocabulary = (config.llm_config as { vocab_size: number }).vocab_size;
  const added = Object.fromEntries(['<img>', '</img>', '<IMG_CONTEXT>', '<|end|>'].map((text, i) => [text, vocabulary - 4 + i]));
  try {
    await writeFile(join(directory, 'config.json'), JSON.stringify(config));
    await writeFile(join(directory, 'added_tokens.json'), JSON.stringify(added));
    await writeFile(join(directory, 'tokenizer_config.json'), '{}');
    return await readModelConfig(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
