import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { LoadProgress } from '@h2ovl/contract';
import { type FreshConversion, readFreshManifest } from '../model-files/conversion-cache.ts';
import type { Manifest } from '../model-files/manifest.ts';
import { hashFile } from '../store/hash-file.ts';
import type { FileDigest } from '../store/hashed-file.ts';
import { linkOrCopy } from '../store/link-or-copy.ts';
import type { Readers } from '../store/readers.ts';
import { packageVersion } from './package-version.ts';
import type { ConversionPlan } from './quantize/plan.ts';
import { outputFiles, writtenBy } from './write-manifest.ts';

/** What does not depend on how the vision part computes. */
const otherFiles: readonly string[] = [outputFiles.decoder.file, outputFiles.decoder.data, outputFiles.embeddings, outputFiles.tokenizer];

/** An earlier result in a folder that differs from what is planned in its vision part alone; undefined where there is none. */
export async function findEarlier(
  outputDirectory: string,
  checkpointDirectory: string,
  { name, language, head, int8Limit, form }: ConversionPlan,
): Promise<FreshConversion | undefined> {
  const manifest = await readFreshManifest(outputDirectory, checkpointDirectory);
  if (manifest === undefined || manifest.writtenBy !== writtenBy(await packageVersion())) return undefined;
  const { precision } = manifest;
  const has = [precision.name, precision.language, precision.head, precision.int8Limit, manifest.form];
  return isDeepStrictEqual(has, [name, language, head, int8Limit, form]) ? { directory: outputDirectory, manifest } : undefined;
}

export interface TakeOverOptions {
  /** Of the new folder's files. */
  readonly readers: Readers;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * Takes the language part, the embeddings and the tokenizer of an earlier result over into a new folder, as links where the disk has them, and compares each
 * with its SHA-256. Returns their digests; undefined, and nothing is taken, where a file is not what it was.
 */
export async function takeOver(
  { directory, manifest }: FreshConversion,
  target: string,
  { readers, signal, onProgress }: TakeOverOptions,
): Promise<Record<string, FileDigest> | undefined> {
  const taken: Record<string, FileDigest> = {};
  const totalBytes = otherFiles.reduce((sum, name) => sum + digestOf(manifest, name).size, 0);
  let doneBytes = 0;
  for (const name of otherFiles) {
    const digest = digestOf(manifest, name);
    const to = join(target, name);
    await linkOrCopy(join(directory, name), to, readers);
    const onBlock = (byteLength: number): void => {
      doneBytes += byteLength;
      onProgress?.({ type: 'verify', file: name, doneBytes, totalBytes });
    };
    if ((await hashFile(to, 'sha256', { signal, onBlock })) !== digest.sha256) {
      for (const file of [...Object.keys(taken), name]) await rm(join(target, file), { force: true });
      return undefined;
    }
    taken[name] = digest;
  }
  return taken;
}

/** `findEarlier` compared the sizes of all files of the manifest, so that each of them is there. */
const digestOf = ({ files }: Manifest, name: string): FileDigest => files[name] as FileDigest;
