import { abortable } from '@h2ovl/contract';
import { graphValues, type Manifest, visionFormOf } from '../model-files/manifest.ts';
import { DeviceError } from '../runtime/device-error.ts';
import type { Session } from '../runtime/port.ts';
import { RecentMap } from '../store/recent-map.ts';
import type { FeatureStore } from './feature-store.ts';
import { isOneColour } from './one-colour.ts';

/** A tile as the encoder wants it: an identity, and its pixels only when they are needed. */
export interface TileInput {
  /** Digest of the tile's pixels. */
  readonly digest: string;
  /** [P, 3*p*p] float32, normalised; see `graphValues`. */
  readonly patches: () => Promise<Float32Array> | Float32Array;
}

export interface EncodedTile {
  /** [tokensPerTile, hiddenSize] float32; shared, not to be written to. */
  readonly features: Float32Array;
  /** Whether they were known already. */
  readonly cached: boolean;
}

/** Tiles that a graph for several encodes in one run at most: those of a page, both scales of the 2B included. */
const maxTilesPerRun = 14;

/** Colours whose tiles are kept as long as the model is open: white, the paper of some scanners, and a few more. 13 MB with the 0.8B, 21 MB with the 2B. */
const maxColours = 8;

/** Tiles in, their language-model tokens out. */
export class VisionEncoder {
  readonly #session: Session;
  /** Features of tiles seen lately, by a digest of their pixels: asking again about the same page does not encode it again. */
  readonly #cache: RecentMap<Float32Array>;
  /** Tiles of one colour, of which many pages have some; apart, so that tiles with writing on them do not push them out. */
  readonly #plain: RecentMap<Float32Array>;
  readonly #store: FeatureStore | undefined;
  readonly #patchDims: readonly [number, number];
  readonly #featureDims: readonly [number, number];
  readonly #takesMany: boolean;
  /** Tiles that one run encodes, where there are as many. */
  readonly tilesPerRun: number;
  #last: Promise<unknown> = Promise.resolve();
  /** Calls that are being encoded or wait for it. */
  #calls = 0;
  /** The file being written; one after the other, beside the encoding. */
  #lastWrite: Promise<void> = Promise.resolve();

  /** `maxCacheBytes`: how much of what was encoded is kept in memory for the next question about the same page; `store` keeps it on disk. */
  constructor(session: Session, manifest: Manifest, maxCacheBytes: number, store?: FeatureStore) {
    const { tileSizePx, patchSizePx, tokensPerTile } = manifest.model.image;
    this.#session = session;
    this.#cache = new RecentMap({ maxSize: maxCacheBytes });
    this.#store = store;
    const takesMany = session.inputs.find(({ name }) => name === graphValues.patches)?.dims.length === 3;
    this.#takesMany = takesMany;
    this.tilesPerRun = takesMany && visionFormOf(manifest.form).attention === 'fused' ? maxTilesPerRun : 1; // written out, one tile's scores are 67 MB already
    this.#patchDims = [(tileSizePx / patchSizePx) ** 2, 3 * patchSizePx ** 2];
    this.#featureDims = [tokensPerTile, manifest.model.hiddenSize];
    this.#plain = new RecentMap({ maxSize: maxColours * tokensPerTile * manifest.model.hiddenSize * Float32Array.BYTES_PER_ELEMENT });
  }

  /** One tile; see `encodeAll`. */
  async encode(tile: TileInput, signal: AbortSignal): Promise<EncodedTile> {
    return (await this.encodeAll([tile], signal))[0] as EncodedTile;
  }

  /**
   * Runs follow one after the other, in order of the calls: two at once gain nothing and hold twice the memory. Tiles that are known are not encoded
   * again, and a tile of one colour is encoded once for all pages; those that are not known go into runs of up to `tilesPerRun`.
   */
  encodeAll(tiles: readonly TileInput[], signal: AbortSignal): Promise<readonly EncodedTile[]> {
    this.#calls += 1;
    const work = this.#last.then(() => this.#encodeNow(tiles, signal));
    this.#last = work.then(
      () => this.#endCall(),
      () => this.#endCall(),
    );
    return abortable(work, signal); // whoever waits in line is let go at once
  }

  #endCall(): void {
    this.#calls -= 1;
  }

  /** Gives the weights' memory back until the next tile comes, unless one is here already. Never rejects. */
  async returnWeightPages(): Promise<void> {
    if (this.#calls === 0) await this.#session.returnWeightPages();
  }

  async #encodeNow(tiles: readonly TileInput[], signal: AbortSignal): Promise<readonly EncodedTile[]> {
    const found = new Map<string, EncodedTile>();
    const missing = new Map<string, TileInput>();
    for (const tile of tiles) {
      signal.throwIfAborted();
      if (found.has(tile.digest) || missing.has(tile.digest)) continue;
      const known = this.#plain.get(tile.digest) ?? this.#cache.get(tile.digest); // looked up when its turn comes: the tile before may have been the same
      const features = known ?? (await this.#store?.get(tile.digest));
      if (features === undefined) missing.set(tile.digest, tile);
      else found.set(tile.digest, { features, cached: true });
      if (features !== undefined && known === undefined) this.#cache.set(tile.digest, features, features.byteLength);
    }
    const rest = [...missing.values()];
    for (let start = 0; start < rest.length; start += this.tilesPerRun) {
      const group = rest.slice(start, start + this.tilesPerRun);
      const patches = await Promise.all(group.map((tile) => tile.patches()));
      for (const [index, features] of (await this.#run(patches, signal)).entries()) {
        const { digest } = group[index] as TileInput;
        found.set(digest, { features, cached: false });
        const isPlain = isOneColour(patches[index] as Float32Array, this.#patchDims[1]);
        (isPlain ? this.#plain : this.#cache).set(digest, features, features.byteLength);
        this.#lastWrite = this.#lastWrite.then(() => this.#store?.set(digest, features));
      }
    }
    return tiles.map((tile) => found.get(tile.digest) as EncodedTile);
  }

  /** Runs the graph once for nothing, with one tile and with several where it takes them: a device compiles its programs then. */
  async warmUp(signal: AbortSignal): Promise<void> {
    const blank = new Float32Array(this.#patchDims[0] * this.#patchDims[1]);
    for (let count = 1; count <= Math.min(2, this.tilesPerRun); count += 1) await this.#run(Array(count).fill(blank), signal);
  }

  async #run(tiles: readonly Float32Array[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    const [tokens, width] = this.#featureDims;
    const features = new Float32Array(tiles.length * tokens * width);
    const patchValues = this.#patchDims[0] * this.#patchDims[1];
    const patches = tiles.length === 1 ? (tiles[0] as Float32Array) : new Float32Array(tiles.length * patchValues);
    if (tiles.length > 1) for (const [index, tile] of tiles.entries()) patches.set(tile, index * patchValues);
    const many = this.#takesMany ? [tiles.length] : [];
    const request = {
      inputs: { [graphValues.patches]: { dtype: 'float32', dims: [...many, ...this.#patchDims], data: patches } },
      outputs: { [graphValues.features]: { dtype: 'float32', dims: [...many, ...this.#featureDims], data: features } },
      signal,
    } as const;
    await this.#session.run(request).catch((error: unknown) => {
      if (error instanceof DeviceError) error.isOfVision = true;
      throw error;
    });
    // Copies of their own, so that one tile can be forgotten without the others.
    return tiles.length === 1 ? [features] : tiles.map((_, index) => features.slice(index * tokens * width, (index + 1) * tokens * width));
  }

  async dispose(): Promise<void> {
    await this.#last;
    await this.#lastWrite;
    this.#cache.clear();
    this.#plain.clear();
    await this.#session.dispose();
  }
}
