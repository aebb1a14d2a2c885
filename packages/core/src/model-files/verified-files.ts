import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, type LoadProgress } from '@h2ovl/contract';
import { hashFile } from '../store/hash-file.ts';
import { writePrivateFile } from '../store/private-file.ts';
import type { Manifest } from './manifest.ts';
import { quarantine } from './quarantine.ts';
import { checkFileSizes } from './verify-files.ts';

export interface VerifiedOptions {
  /** Folder of the cache. */
  readonly home: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** What a file looked like when its hash was compared: any write to it changes one of these. */
interface FileStamp {
  readonly sha256: string;
  readonly size: string;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
}

type Stamps = Readonly<Record<string, FileStamp>>;

/**
 * Compares the files of a converted model with its manifest before they are used: sizes always, and the SHA-256 of every file that was written to since it was last
 * compared. A damaged model in the cache is put aside, so that the next load makes it again.
 * @throws CheckpointError MODEL_FILE_CORRUPT naming the file
 */
export async function checkConverted(directory: string, manifest: Manifest, options: VerifiedOptions): Promise<void> {
  const damage = await findDamage(directory, manifest, options);
  if (damage !== undefined) throw await refuse(directory, damage, manifest, options.home);
}

/** A file that does not hash to what the manifest says. */
export interface Damage {
  readonly file: string;
  readonly actualSha256: string;
}

/** A folder's files and what they must hash to; a converted model's manifest is one. */
export type KnownFiles = Pick<Manifest, 'files'>;

/**
 * The first damaged file among those that were written to since they were last compared; nothing is moved.
 * @throws CheckpointError MODEL_FILE_CORRUPT when a file is missing or has another size
 */
export async function findDamage(directory: string, known: KnownFiles, options: VerifiedOptions): Promise<Damage | undefined> {
  await checkFileSizes(directory, known);
  const before = await readStamps(directory, options.home);
  const now = await takeStamps(directory, known);
  const changed = Object.keys(now).filter((name) => !isSame(before[name], now[name] as FileStamp));
  if (changed.length === 0) return undefined;
  const totalBytes = changed.reduce((sum, name) => sum + Number(now[name]?.size), 0);
  let doneBytes = 0;
  for (const name of changed) {
    const onBlock = (byteLength: number): void => {
      doneBytes += byteLength;
      options.onProgress?.({ type: 'verify', file: name, doneBytes, totalBytes });
    };
    const actualSha256 = await hashFile(join(directory, name), 'sha256', { signal: options.signal, onBlock });
    if (actualSha256 !== known.files[name]?.sha256) return { file: name, actualSha256 };
  }
  await writeStamps(directory, now, options.home);
  return undefined;
}

/** Notes that the files were hashed just now, while they were written. */
export async function noteVerified(directory: string, known: KnownFiles, home: string): Promise<void> {
  await writeStamps(directory, await takeStamps(directory, known), home);
}

async function refuse(directory: string, damage: Damage, manifest: Manifest, home: string): Promise<CheckpointError> {
  const { file: name, actualSha256: actual } = damage;
  const file = join(directory, name);
  const expected = manifest.files[name]?.sha256 ?? '';
  const aside = await quarantine(directory, home);
  const where = aside === undefined ? '' : ` Its folder was put aside as ${aside}.`;
  return new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `${file} is damaged: its SHA-256 is ${actual.slice(0, 16)}…, the manifest says ${expected.slice(0, 16)}….${where}`,
    { file },
    {
      hint:
        aside === undefined ? 'Convert the original checkpoint again.' : 'Load the model again: it is made anew from the original files.',
    },
  );
}

async function takeStamps(directory: string, { files }: KnownFiles): Promise<Stamps> {
  const stamps: Record<string, FileStamp> = {};
  for (const [name, { sha256 }] of Object.entries(files)) {
    const { size, mtimeNs, ctimeNs, ino } = await stat(join(directory, name), { bigint: true });
    stamps[name] = { sha256, size: String(size), mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs), inode: String(ino) };
  }
  return stamps;
}

function isSame(before: FileStamp | undefined, now: FileStamp): boolean {
  return before !== undefined && (Object.keys(now) as (keyof FileStamp)[]).every((key) => before[key] === now[key]);
}

/** One record for each folder. It lies in the home folder, since models may lie where nothing can be written. */
async function recordPath(directory: string, home: string): Promise<string> {
  const key = createHash('sha256')
    .update(await realpath(directory))
    .digest('hex')
    .slice(0, 24);
  return join(home, 'verified', `${key}.json`);
}

async function readStamps(directory: string, home: string): Promise<Stamps> {
  try {
    return JSON.parse(await readFile(await recordPath(directory, home), 'utf8')) as Stamps; // written by us; anything else matches nothing
  } catch {
    return {};
  }
}

async function writeStamps(directory: string, stamps: Stamps, home: string): Promise<void> {
  // Where nothing can be written, the hashes are compared again at the next load.
  await writePrivateFile(await recordPath(directory, home), JSON.stringify(stamps)).catch(() => {});
}
