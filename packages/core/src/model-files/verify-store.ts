import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions, type LoadProgress, type OptionNames, VisionError } from '@h2ovl/contract';
import { cacheDirectory } from '../store/cache-directory.ts';
import { hashFile } from '../store/hash-file.ts';
import { listConverted } from './conversion-cache.ts';
import type { FileRecord } from './manifest.ts';
import { readOrigin } from './origin-record.ts';
import { listCopies } from './packed-copies.ts';
import { findPulled, listPulled } from './pulled-models.ts';
import { quarantine } from './quarantine.ts';

/** A file that is not what it was. */
export interface DamagedFile {
  readonly file: string;
  readonly reason: string;
  /** Where it, or for a converted model its folder, was put; null when it is missing or stayed. */
  readonly quarantinedAs: string | null;
}

/** What was found about one model. */
export interface VerifiedModel {
  readonly name: string;
  readonly type: 'pulled' | 'converted';
  readonly directory: string;
  /** Files and bytes that were hashed. */
  readonly files: number;
  readonly bytes: number;
  /** Whether there was a record to compare with: none for files that were put there by hand. */
  readonly isRecorded: boolean;
  readonly damaged: readonly DamagedFile[];
}

export interface VerifyStoreOptions {
  /** @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

const verifyStoreOptionNames: OptionNames<VerifyStoreOptions> = { home: true, signal: true, onProgress: true };

/**
 * Hashes every file of the named models (all, when none is named), pulled and converted, and puts what is damaged aside: a pulled file, which the next pull then
 * fetches alone, or the folder of a converted model or of a copy of its weights, which is made again.
 * @throws VisionError MODEL_NOT_FOUND when a name is not known
 */
export async function verifyStore(names: readonly string[], options: VerifyStoreOptions = {}): Promise<VerifiedModel[]> {
  checkOptions(options, verifyStoreOptionNames, 'verifyStore()');
  const { home = cacheDirectory() } = options;
  const [pulled, converted] = [await listPulled(home), await listConverted(home)];
  const chosen = new Set<string>();
  for (const name of names) {
    const directory = (await findPulled(name, home))?.directory ?? converted.find((model) => model.name === name)?.directory;
    if (directory === undefined) {
      throw new VisionError('MODEL_NOT_FOUND', `No model ${name} is in the home folder.`, {
        hint: `It holds ${[...pulled, ...converted].map((model) => model.name).join(', ') || 'none'}.`,
      });
    }
    chosen.add(directory);
  }
  const isChosen = ({ directory }: { readonly directory: string }): boolean => chosen.size === 0 || chosen.has(directory);
  const results: VerifiedModel[] = [];
  for (const { name, directory } of pulled.filter(isChosen)) {
    const origin = await readOrigin(directory);
    results.push(await verify({ name, type: 'pulled', directory }, origin?.files, { ...options, home }));
  }
  for (const { name, directory, manifest } of converted.filter(isChosen)) {
    const found = await verify({ name, type: 'converted', directory }, manifest?.files, { ...options, home });
    results.push(found.damaged.length > 0 ? found : await addCopies(found, { ...options, home }));
  }
  return results;
}

/** The same with the copies of its weights, each of which is put aside for itself. */
async function addCopies(found: VerifiedModel, options: Options): Promise<VerifiedModel> {
  let { files, bytes, damaged } = found;
  for (const { directory, files: records } of await listCopies(found.directory)) {
    const copy = await verify({ ...found, directory }, records, options);
    files += copy.files;
    bytes += copy.bytes;
    damaged = [...damaged, ...copy.damaged];
  }
  return { ...found, files, bytes, damaged };
}

type Subject = Pick<VerifiedModel, 'name' | 'type' | 'directory'>;
type Options = VerifyStoreOptions & { readonly home: string };

async function verify(
  subject: Subject,
  records: Readonly<Record<string, FileRecord>> | undefined,
  options: Options,
): Promise<VerifiedModel> {
  if (records === undefined) return { ...subject, files: 0, bytes: 0, isRecorded: false, damaged: [] };
  // Weights that were removed on purpose are not damage: all of them are gone then.
  const present = new Set(await readdir(subject.directory));
  const hasWeights = [...present].some((name) => name.endsWith('.safetensors'));
  const expected = Object.entries(records).filter(([name]) => hasWeights || !name.endsWith('.safetensors'));
  const totalBytes = expected.reduce((sum, [, { size }]) => sum + size, 0);
  const damaged: { readonly name: string; readonly reason: string }[] = [];
  let doneBytes = 0;
  for (const [name, record] of expected) {
    const onBlock = (byteLength: number): void => {
      doneBytes += byteLength;
      options.onProgress?.({ type: 'verify', file: name, doneBytes, totalBytes });
    };
    const reason = await findDamage(join(subject.directory, name), record, { signal: options.signal, onBlock });
    if (reason !== undefined) damaged.push({ name, reason });
  }
  return {
    ...subject,
    files: expected.length,
    bytes: doneBytes,
    isRecorded: true,
    damaged: await putAside(subject, damaged, options.home),
  };
}

async function findDamage(
  path: string,
  { size, sha256 }: FileRecord,
  options: Parameters<typeof hashFile>[2],
): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return 'it is missing';
  if (info.size !== size) return `it has ${info.size} bytes instead of ${size}`;
  const actual = await hashFile(path, 'sha256', options);
  return actual === sha256 ? undefined : `its SHA-256 is ${actual.slice(0, 16)}… instead of ${sha256.slice(0, 16)}…`;
}

async function putAside(
  { type, directory }: Subject,
  damaged: readonly { readonly name: string; readonly reason: string }[],
  home: string,
): Promise<DamagedFile[]> {
  if (damaged.length === 0) return [];
  // A converted model is of one piece; original files can be fetched one by one.
  const folder = type === 'converted' ? ((await quarantine(directory, home)) ?? null) : null;
  const result: DamagedFile[] = [];
  for (const { name, reason } of damaged) {
    const file = join(directory, name);
    const quarantinedAs = type === 'converted' ? folder : ((await quarantine(file, home)) ?? null);
    result.push({ file, reason, quarantinedAs });
  }
  return result;
}
