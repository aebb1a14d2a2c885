import { chmod, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hashFile } from '../../store/hash-file.ts';
import { makePrivateFolder } from '../../store/private-file.ts';
import { replaceFolder } from '../../store/replace-folder.ts';
import { catalogue, isCheckpointFile } from '../catalogue.ts';
import type { FileRecord } from '../manifest.ts';
import { type OriginRecord, writeOrigin } from '../origin-record.ts';
import type { PullProgress } from './pull-types.ts';

export interface InstallOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
  /** Hashes that are known already, by file. */
  readonly known?: Readonly<Record<string, FileRecord>>;
}

/** Gives a staging folder whose files are complete its record and its place, in place of an older one. */
export async function installModel(
  staging: string,
  directory: string,
  origin: Pick<OriginRecord, 'repository' | 'revision' | 'licence'>,
  { signal, onProgress, known = {} }: InstallOptions,
): Promise<OriginRecord> {
  const files: Record<string, FileRecord> = {};
  for (const name of (await readdir(staging)).filter(isCheckpointFile).sort()) {
    files[name] = known[name] ?? (await hash(join(staging, name), signal, onProgress));
  }
  const record: OriginRecord = { format: 'h2ovl-origin', version: 1, ...origin, pulledAt: new Date().toISOString(), files };
  await writeOrigin(staging, record);
  await makePrivateFolder(dirname(directory));
  await chmod(staging, 0o700);
  await replaceFolder(staging, directory);
  return record;
}

async function hash(path: string, signal: AbortSignal, onProgress: (progress: PullProgress) => void): Promise<FileRecord> {
  const { size } = await stat(path);
  let doneBytes = 0;
  const onBlock = (byteLength: number): void => {
    doneBytes += byteLength;
    onProgress({ type: 'verify', file: basename(path), doneBytes, totalBytes: size });
  };
  return { size, sha256: await hashFile(path, 'sha256', { signal, onBlock }) };
}

/** Whether every file of a record is there with its size. */
export async function isInstalled(directory: string, { files }: OriginRecord): Promise<boolean> {
  for (const [name, { size }] of Object.entries(files)) {
    if ((await stat(join(directory, name)).catch(() => undefined))?.size !== size) return false;
  }
  return Object.keys(files).length > 0;
}

/** What a model in the home folder is loaded by. */
export function nameOf(directory: string, repository: string | null): string {
  return catalogue.find((entry) => entry.repository === repository)?.alias ?? repository ?? basename(directory);
}
