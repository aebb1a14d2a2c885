import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fullSizeConfig } from '../synthetic/full-size-configs.ts';
import { tinyConfig } from '../testing/mini-checkpoint.ts';

/** `mini`: the smallest shapes that have every part, for devices in software; nobody asks for it by name. */
export type BenchModelName = 'mini' | 'nano' | '0.8b' | '2b';
export const benchModelNames: readonly BenchModelName[] = ['nano', '0.8b', '2b'];

/** The page that is read end to end. */
export interface BenchPage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly tiles: number;
  /** Prompt tokens, those of the image counted; the question is filled up to them. */
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** Shapes to measure: speed and memory of synthetic weights are real, answers are not. */
export interface BenchModel {
  readonly name: BenchModelName;
  /** Contents of config.json. */
  readonly config: unknown;
  /** A SentencePiece model with as many pieces as the configuration has room for. */
  readonly tokenizerModel: string;
  readonly page: BenchPage;
}

/** 896 x 1344 pixels are a grid of 2 x 3 tiles; the 2B cuts a second grid. */
const pageSize = { widthPx: 896, heightPx: 1344 } as const;

const require = createRequire(import.meta.url);

export function findBenchModel(name: BenchModelName): BenchModel {
  const references = join(dirname(require.resolve('@h2ovl/core/package.json')), 'test', 'golden', 'reference');
  if (name === 'mini') {
    const config = tinyConfig(JSON.parse(readFileSync(join(references, 'mini-800m.json'), 'utf8')).config);
    Object.assign(config.llm_config, { max_position_embeddings: 512 });
    const page = { ...pageSize, tiles: 7, promptTokens: 100, answerTokens: 8 };
    return { name, config, tokenizerModel: join(references, 'mini-tokenizer.model'), page };
  }
  if (name === 'nano') {
    const folder = join(dirname(require.resolve('@h2ovl/nano/package.json')), 'checkpoint');
    return {
      name,
      config: JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')),
      tokenizerModel: join(folder, 'tokenizer.model'),
      page: { ...pageSize, tiles: 7, promptTokens: 500, answerTokens: 100 },
    };
  }
  return {
    name,
    config: fullSizeConfig(name),
    tokenizerModel: join(references, 'tokenizer.model'),
    page:
      name === '2b'
        ? { ...pageSize, tiles: 13, promptTokens: 3370, answerTokens: 100 }
        : { ...pageSize, tiles: 7, promptTokens: 1800, answerTokens: 100 },
  };
}
