import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../store/private-file.ts';
import type { FileRecord } from './manifest.ts';

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
