import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toFloat32 } from '@h2ovl/core/internal/convert/safetensors/open-checkpoint';
import { z } from 'zod';
import { readTensorFile } from './read-tensor-file.ts';

/** One prompt and PyTorch's numbers for it, as the file has them. */
export interface ReferenceCase {
  /** Width and height of each image. */
  readonly images: readonly (readonly [number, number])[];
  /** User and assistant texts; the last has no answer. */
  readonly turns: readonly (readonly [string, string | null])[];
  readonly tiles: readonly number[];
  readonly prompt_ids_sha256: string;
  readonly prompt_length: number;
  readonly prompt_head: readonly number[];
  readonly prompt_tail: readonly number[];
  readonly generated: readonly number[];
  readonly smallest_top2_margin: number;
  readonly image_features_norm?: readonly number[] | undefined;
}

interface RawFile {
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weight_probe: Readonly<Record<string, readonly number[]>>;
  readonly cases: Readonly<Record<string, ReferenceCase>>;
}

const caseSchema: z.ZodType<ReferenceCase> = z.object({
  images: z.array(z.tuple([z.int().positive(), z.int().positive()])),
  turns: z.array(z.tuple([z.string(), z.union([z.string(), z.null()])])).min(1),
  tiles: z.array(z.int().positive()),
  prompt_ids_sha256: z.string(),
  prompt_length: z.int().positive(),
  prompt_head: z.array(z.int()),
  prompt_tail: z.array(z.int()),
  generated: z.array(z.int()),
  smallest_top2_margin: z.number(),
  image_features_norm: z.array(z.number()).optional(),
});

const fileSchema: z.ZodType<RawFile> = z.object({
  seed: z.int(),
  config: z.record(z.string(), z.unknown()),
  weight_probe: z.record(z.string(), z.array(z.number())),
  cases: z.record(z.string(), caseSchema),
});

export interface ReferenceFile {
  readonly path: string;
  readonly seed: number;
  /** Contents of config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** First values of some weights, by tensor name. */
  readonly weightProbe: Readonly<Record<string, readonly number[]>>;
  readonly cases: Readonly<Record<string, ReferenceCase>>;
  /** The SentencePiece model of the checkpoint. */
  readonly tokenizerModel: string;
  /** Features and logits, named `{case}.{what}`. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** Reads a reference file with what lies beside it: `mini-tokenizer.model` and the .safetensors of the same name. */
export async function readReferenceFile(path: string): Promise<ReferenceFile> {
  const parsed = fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const folder = dirname(path);
  return {
    path,
    seed: parsed.seed,
    config: parsed.config,
    weightProbe: parsed.weight_probe,
    cases: parsed.cases,
    tokenizerModel: join(folder, 'mini-tokenizer.model'),
    tensors: await readTensorFile(path.replace(/\.json$/, '.safetensors'), toFloat32),
  };
}
