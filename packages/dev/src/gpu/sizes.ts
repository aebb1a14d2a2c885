import { join } from 'node:path';
import type { Precision } from '@h2ovl/core/internal/convert/index';
import type { BenchPage } from '../bench/bench-models.ts';
import { fullSizeConfig } from '../synthetic/full-size-configs.ts';

/** How the weights of a measured model are stored: a named precision, or everything in float16. */
export type TrialVariant = 'fast' | 'balanced' | 'float16';

export interface TrialModel {
  readonly name: string;
  readonly config: unknown;
  /** File name in `reference/`. */
  readonly tokenizer: string;
  /** In the order in which they are measured. */
  readonly variants: readonly TrialVariant[];
  readonly page: BenchPage;
}

/** What is measured in a trial. */
export interface TrialSize {
  readonly models: readonly TrialModel[];
  /** Reference files, by name, and their cases; undefined: all of them. */
  readonly references: readonly { readonly name: string; readonly cases: readonly string[] | undefined }[];
  /** Tokens in the cache before a measured step. */
  readonly pasts: readonly number[];
  readonly promptTokens: number;
  /** Lengths of runs of several positions. */
  readonly drafts: readonly number[];
  readonly pagesAtOnce: number;
}

const page = { widthPx: 896, heightPx: 1344 } as const;

export const precisionOf = (variant: TrialVariant): Precision =>
  variant === 'float16' ? { vision: 'float16', language: 'float16', head: 'float16' } : variant;

/** The two published models at full size, with synthetic weights. */
export function fullSize(): TrialSize {
  return {
    models: [
      {
        name: '0.8b',
        config: fullSizeConfig('0.8b'),
        tokenizer: 'tokenizer.model',
        variants: ['fast', 'balanced', 'float16'],
        page: { ...page, tiles: 7, promptTokens: 1800, answerTokens: 500 },
      },
      {
        name: '2b',
        config: fullSizeConfig('2b'),
        tokenizer: 'tokenizer.model',
        variants: ['balanced', 'float16'],
        page: { ...page, tiles: 13, promptTokens: 3370, answerTokens: 500 },
      },
    ],
    references: [
      { name: 'mini-800m', cases: undefined },
      { name: 'mini-2b', cases: undefined },
    ],
    pasts: [16, 2000],
    promptTokens: 1800,
    drafts: [8, 16, 32, 64],
    pagesAtOnce: 8,
  };
}

/** The same works on a miniature, for a rehearsal on a software device. */
export function tinySize(config: { readonly llm_config: object; readonly vision_config: object }): TrialSize {
  return {
    models: [
      {
        name: 'tiny',
        config: { ...config, llm_config: { ...config.llm_config, max_position_embeddings: 512 } },
        tokenizer: 'mini-tokenizer.model',
        variants: ['fast', 'balanced'],
        page: { ...page, tiles: 7, promptTokens: 130, answerTokens: 12 },
      },
    ],
    references: [{ name: 'mini-800m', cases: ['text'] }],
    pasts: [16],
    promptTokens: 60,
    drafts: [2, 8],
    pagesAtOnce: 2,
  };
}

/** Where a trial keeps checkpoints and converted files. */
export interface TrialPlaces {
  readonly work: string;
  /** Folder of the reference files. */
  readonly references: string;
  /** Folder of the nano package. */
  readonly nano: string;
}

export const checkpointOf = ({ work }: TrialPlaces, model: string): string => join(work, model, 'checkpoint');
export const convertedOf = ({ work }: TrialPlaces, model: string, variant: string): string => join(work, model, variant);
