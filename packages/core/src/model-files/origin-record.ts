import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError } from '@h2ovl/contract';
import { z } from 'zod';
import { writePrivateFile } from '../store/private-file.ts';
import type { FileRecord } from './manifest.ts';
import { quarantine } from './quarantine.ts';

/** Where the files of a checkpoint came from, and what they must hash to. It lies beside them. */
export interface OriginRecord {
  readonly format: 'h2ovl-origin';
  readonly version: 1;
  /** Repository on the hub; null for files that came from a folder of unknown origin. */
  readonly repository: string | null;
  /** Commit of the repository. */
  readonly revision: string | null;
  readonly licence: string | null;
  /** Time of the pull, ISO 8601. */
  readonly pulledAt: string;
  readonly files: Readonly<Record<string, FileRecord>>;
}

const recordSchema: z.ZodType<OriginRecord> = z.object({
  format: z.literal('h2ovl-origin'),
  version: z.literal(1),
  repository: z.string().max(200).nullable(),
  revision: z.string().max(200).nullable(),
  licence: z.string().max(200).nullable(),
  pulledAt: z.string().max(100),
  files: z.record(z.string().max(100), z.object({ size: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

export const originFileName = 'h2ovl-origin.json';

/** Parses the text of a record; undefined when it is not one. */
export function parseOrigin(text: string): OriginRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The record of a checkpoint folder; undefined when nothing readable lies there, as for files that were put there by hand. */
export async function readOrigin(directory: string): Promise<OriginRecord | undefined> {
  const text = await readFile(join(directory, originFileName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseOrigin(text);
}

export async function writeOrigin(directory: string, record: OriginRecord): Promise<void> {
  await writePrivateFile(join(directory, originFileName), `${JSON.stringify(record, undefined, 2)}\n`);
}

/**
 * Compares the hashes of a checkpoint's files with the record beside them, if there is one. In a home folder the damaged file is put aside, so that the next pull
 * fetches it again.
 * @throws CheckpointError MODEL_FILE_CORRUPT naming the first file that is not what was pulled
 */
export async function checkOrigin(directory: string, files: Readonly<Record<string, FileRecord>>): Promise<void> {
  const origin = await readOrigin(directory);
  for (const [name, { sha256 }] of Object.entries(files)) {
    const recorded = origin?.files[name]?.sha256;
    if (recorded === undefined || recorded === sha256) continue;
    const file = join(directory, name);
    const isInHome = basename(dirname(directory)) === 'models';
    const aside = isInHome ? await quarantine(file, dirname(dirname(directory))) : undefined;
    throw new CheckpointError(
      'MODEL_FILE_CORRUPT',
      `${file} is not what was pulled: its SHA-256 is ${sha256.slice(0, 16)}…, not ${recorded.slice(0, 16)}….${aside ? ` It was put aside as ${aside}.` : ''}`,
      { file },
      { hint: 'Pull the model again: only this file is fetched.' },
    );
  }
}

/** Whether a pulled checkpoint has lost its weights, which can be removed to save space. */
export async function lacksWeights(directory: string): Promise<boolean> {
  const origin = await readOrigin(directory);
  if (origin === undefined) return false;
  const names = await readdir(directory).catch(() => []);
  return !names.some((name) => name.endsWith('.safetensors'));
}
