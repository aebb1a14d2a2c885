import { chmod, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hashFile } from '../store/hash-file.ts';
import { writePrivateFile } from '../store/private-file.ts';
import { fileMode } from '../store/readers.ts';
import type { FileRecord } from './manifest.ts';
import type { KnownFiles } from './verified-files.ts';

/** Folder of copies of graphs with packed weights, inside that of the converted model: both go together. */
export const packedFolder = 'prepacked';

/** Beside the files of a copy: what they must hash to. It is written last. */
export const copyRecordName = 'copy.json';

const recordSchema: z.ZodType<KnownFiles> = z.object({
  files: z.record(z.string().max(200), z.object({ size: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** What the files of a copy must hash to; undefined for a folder that is not a finished copy, or one of a version that kept no hashes. */
export async function readCopyRecord(folder: string): Promise<KnownFiles | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse(await readFile(join(folder, copyRecordName), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * Hashes the files that somebody else wrote into a folder, takes them from other users' eyes, makes them durable, and writes their record: after a power cut, a
 * folder that has one holds what was written.
 */
export async function sealCopy(folder: string): Promise<KnownFiles> {
  const files: Record<string, FileRecord> = {};
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    await chmod(path, fileMode('owner'));
    const file = await open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    files[name] = { size: (await stat(path)).size, sha256: await hashFile(path, 'sha256') };
  }
  await writePrivateFile(join(folder, copyRecordName), JSON.stringify({ files }));
  return { files };
}

/** The finished copies inside a converted model. */
export async function listCopies(modelDirectory: string): Promise<(KnownFiles & { readonly directory: string })[]> {
  const root = join(modelDirectory, packedFolder);
  const copies: (KnownFiles & { readonly directory: string })[] = [];
  for (const name of (await readdir(root).catch(() => [])).sort()) {
    if (name.startsWith('.')) continue; // being made
    const record = await readCopyRecord(join(root, name));
    if (record !== undefined) copies.push({ ...record, directory: join(root, name) });
  }
  return copies;
}
