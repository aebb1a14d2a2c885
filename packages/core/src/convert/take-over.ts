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

const visionFiles: readonly string[] = [outputFiles.vision.file, outputFiles.vision.data];
/** What does not depend on how the vision part computes. */
const otherFiles: readonly string[] = [outputFiles.decoder.file, outputFiles.decoder.data, outputFiles.embeddings, outputFiles.tokenizer];

/** An earlier result that has files in common with what is planned. */
export interface EarlierResult extends FreshConversion {
  /** Whether its vision part computes as is planned. */
  readonly hasVision: boolean;
}

/** An earlier result in a folder that differs from what is planned in its vision part at most; undefined where there is none. */
export async function findEarlier(
  outputDirectory: string,
  checkpointDirectory: string,
  { name, vision, language, head, int8Limit, form, visionPlan }: ConversionPlan,
): Promise<EarlierResult | undefined> {
  const manifest = await readFreshManifest(outputDirectory, checkpointDirectory);
  if (manifest === undefined || manifest.writtenBy !== writtenBy(await packageVersion())) return undefined;
  const { precision } = manifest;
  const has = [precision.name, precision.language, precision.head, precision.int8Limit, manifest.form];
  if (!isDeepStrictEqual(has, [name, language, head, int8Limit, form])) return undefined;
  const planned = [vision, visionPlan?.plan ?? null];
  const hasVision = isDeepStrictEqual([precision.vision, precision.visionPlan?.plan ?? null], planned);
  return { directory: outputDirectory, manifest, hasVision };
}

export interface TakeOverOptions {
  /** Of the new folder's files. */
  readonly readers: Readers;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** Digests of what was taken; a part is undefined where it must be made. The vision part is never taken alone. */
export interface TakenOver {
  readonly vision: Readonly<Record<string, FileDigest>> | undefined;
  readonly others: Readonly<Record<string, FileDigest>> | undefined;
}

/**
 * Takes the language part, the embeddings and the tokenizer of an earlier result over into a new folder, and the vision part where it is the same, as links
 * where the disk has them, and compares each with its SHA-256. Where one of the others is not what it was, nothing is taken.
 */
export async function takeOver(earlier: EarlierResult, target: string, options: TakeOverOptions): Promise<TakenOver> {
  const others = await takeFiles(otherFiles, earlier, target, options);
  const takesVision = others !== undefined && earlier.hasVision;
  return { vision: takesVision ? await takeFiles(visionFiles, earlier, target, options) : undefined, others };
}

async function takeFiles(
  names: readonly string[],
  { directory, manifest }: FreshConversion,
  target: string,
  { readers, signal, onProgress }: TakeOverOptions,
): Promise<Record<string, FileDigest> | undefined> {
  const taken: Record<string, FileDigest> = {};
  const totalBytes = names.reduce((sum, name) => sum + digestOf(manifest, name).size, 0);
  let doneBytes = 0;
  for (const name of names) {
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
