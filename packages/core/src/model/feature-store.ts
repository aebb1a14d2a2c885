import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type OptionNames, VisionError } from '@h2ovl/contract';
import type { Manifest } from '../model-files/manifest.ts';
import { cacheDirectory } from '../store/cache-directory.ts';
import { makeFolder } from '../store/make-folder.ts';

/** Keeping tile features on disk, for pages that are asked about again another day. */
export interface FeatureCacheOptions {
  /** Folder for this alone, shared by models and processes. @default `features` in the cache folder (`H2OVL_HOME`) */
  readonly directory?: string;
  /** Bytes that all files in it may take; what was used longest ago goes first. A tile takes 1.6 MB with the 0.8B, 2.6 MB with the 2B. */
  readonly maxBytes: number;
}

/** A name that is not here is refused. */
export const featureCacheOptionNames: OptionNames<FeatureCacheOptions> = { directory: true, maxBytes: true };

/** File: magic, SHA-256 of name and values, then float32 values, little endian. */
const magic = Buffer.from('h2ovlFT1');
const headerBytes = magic.length + 32;
const extension = '.features';
const namePattern = /^[0-9a-f]{64}\.features$/;
const temporaryPattern = /^\..*\.tmp-[0-9a-f]+$/;
/** A file that was begun this long ago belongs to somebody who died: writing takes milliseconds. */
const abandonedAfterMs = 3_600_000;

/**
 * Features of tiles on disk, by the digests of tile and model. A damaged, foreign or missing file is a miss, never an error; files appear
 * whole or not at all, so any number of processes may share the folder.
 */
export class FeatureStore {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #model: string;
  readonly #valuesPerTile: number;

  private constructor(directory: string, maxBytes: number, model: string, valuesPerTile: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#model = model;
    this.#valuesPerTile = valuesPerTile;
  }

  /**
   * Opens the folder, making it if need be; only its owner may look in, since features tell what is on a page. `runtimeVersion` is a part of
   * the key: another version may round differently.
   * @throws VisionError INVALID_ARGUMENT (maxBytes), STORAGE_UNAVAILABLE
   */
  static async open(options: FeatureCacheOptions, manifest: Manifest, runtimeVersion: string): Promise<FeatureStore> {
    const { directory = join(cacheDirectory(), 'features'), maxBytes } = options;
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
      throw new VisionError('INVALID_ARGUMENT', `featureCache.maxBytes is ${maxBytes}; it must be a whole number from 1.`, {
        hint: 'Leave featureCache out to keep nothing on disk.',
      });
    }
    const path = resolve(directory);
    await makeFolder(path, { mode: 0o700 });
    const { image, hiddenSize } = manifest.model;
    return new FeatureStore(path, maxBytes, digestVisionPart(manifest, runtimeVersion), image.tokensPerTile * hiddenSize);
  }

  /** The features of a tile, or undefined. */
  async get(tileDigest: string): Promise<Float32Array | undefined> {
    const name = this.#nameOf(tileDigest);
    const path = join(this.#directory, name);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const values = readValues(name, bytes, this.#valuesPerTile);
    const now = new Date();
    // The time stamp of the last change serves as that of the last use: many disks do not record reading.
    if (values) await utimes(path, now, now).catch(() => {});
    else await rm(path, { force: true }).catch(() => {});
    return values;
  }

  /** Keeps the features of a tile; what cannot be written is not kept. */
  async set(tileDigest: string, features: Float32Array): Promise<void> {
    const name = this.#nameOf(tileDigest);
    const bytes = writeValues(name, features);
    if (bytes.length > this.#maxBytes) return;
    const temporary = join(this.#directory, `.${name}.tmp-${randomBytes(6).toString('hex')}`);
    try {
      await this.#makeRoom(bytes.length, name);
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
      } finally {
        await file.close();
      }
      await rename(temporary, join(this.#directory, name));
    } catch {
      // A full or read-only disk costs the next question some time, and must not cost this one its answer.
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  #nameOf(tileDigest: string): string {
    return createHash('sha256').update(`${this.#model}\n${tileDigest}`).digest('hex') + extension;
  }

  /** Looks at the folder anew each time: other processes write to it too. */
  async #makeRoom(neededBytes: number, replacedName: string): Promise<void> {
    const kept: { readonly path: string; readonly size: number; readonly usedMs: number }[] = [];
    for (const name of await readdir(this.#directory)) {
      const isTemporary = temporaryPattern.test(name);
      if (name === replacedName || !(isTemporary || namePattern.test(name))) continue; // never somebody else's files
      const path = join(this.#directory, name);
      const info = await stat(path).catch(() => undefined); // removed meanwhile
      if (info === undefined) continue;
      if (isTemporary && Date.now() - info.mtimeMs > abandonedAfterMs) await rm(path, { force: true });
      else if (!isTemporary) kept.push({ path, size: info.size, usedMs: info.mtimeMs });
    }
    let total = kept.reduce((sum, { size }) => sum + size, neededBytes);
    for (const { path, size } of kept.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.#maxBytes) return;
      await rm(path, { force: true });
      total -= size;
    }
  }
}

/** What decides features beside the pixels: graph, weights (the projector is inside) and how they are computed. */
function digestVisionPart({ graphs, files, precision, model }: Manifest, runtimeVersion: string): string {
  const { file, data } = graphs.vision;
  const parts = [files[file]?.sha256, files[data]?.sha256, precision.vision, precision.int8Limit, model.image, runtimeVersion];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function writeValues(name: string, { buffer, byteOffset, byteLength }: Float32Array): Buffer {
  const values = new Uint8Array(buffer, byteOffset, byteLength);
  return Buffer.concat([magic, checksum(name, values), values]);
}

function readValues(name: string, bytes: Buffer, count: number): Float32Array | undefined {
  if (bytes.length !== headerBytes + count * 4 || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const values = bytes.subarray(headerBytes);
  if (!bytes.subarray(magic.length, headerBytes).equals(checksum(name, values))) return undefined;
  return new Float32Array(Uint8Array.from(values).buffer); // a copy: values in the file need not be aligned
}

/** The name is a part of it, so that a file under a wrong name is found out. */
function checksum(name: string, values: Uint8Array): Buffer {
  return createHash('sha256').update(name).update(values).digest();
}
