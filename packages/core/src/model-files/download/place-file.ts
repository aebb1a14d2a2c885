import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../store/hash-file.ts';
import { linkOrCopy } from '../../store/link-or-copy.ts';
import { partPathOf } from './download-file.ts';
import type { HubFile } from './hub-client.ts';
import { countArrived } from './part-file.ts';

/** Where the bytes of a file will come from. */
export interface FilePlan {
  readonly file: HubFile;
  /** `staged`: arrived in an earlier attempt. `local`: lies elsewhere on this machine. `hub`: must be downloaded, or the rest of it. */
  readonly from: 'staged' | 'local' | 'hub';
  /** The file on this machine that is taken. */
  readonly path: string | undefined;
  /** Bytes that must come over the network. */
  readonly missingBytes: number;
}

/** Looks for a file in the staging folder, then among `candidates`: files of the right size, whose hash is checked when they are taken. */
export async function planFile(staging: string, file: HubFile, candidates: readonly (string | undefined)[]): Promise<FilePlan> {
  const staged = join(staging, file.name);
  if (await hasSize(staged, file.size)) return { file, from: 'staged', path: staged, missingBytes: 0 };
  for (const path of candidates) {
    if (path !== undefined && (await hasSize(path, file.size))) return { file, from: 'local', path, missingBytes: 0 };
  }
  const arrived = await countArrived(partPathOf(staged), file.size, `${file.hash.algorithm}:${file.hash.hex}`);
  return { file, from: 'hub', path: undefined, missingBytes: file.size - arrived };
}

/** Brings a file of this machine into the staging folder, when its hash is right. Returns whether it was. */
export async function placeLocal(
  staging: string,
  { file, from, path }: FilePlan,
  signal: AbortSignal,
  onBlock: (byteLength: number) => void,
): Promise<boolean> {
  if (path === undefined) return false;
  const target = join(staging, file.name);
  if (from === 'local') await linkOrCopy(path, target, 'owner');
  if ((await hashFile(target, file.hash.algorithm, { signal, onBlock })) === file.hash.hex) return true;
  await rm(target, { force: true });
  return false;
}

async function hasSize(path: string, size: number): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() === true && info.size === size;
}
