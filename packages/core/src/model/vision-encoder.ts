import { abortable } from '@h2ovl/contract';
import { graphValues, type Manifest } from '../model-files/manifest.ts';
import type { Session } from '../runtime/port.ts';
import { FeatureCache } from './feature-cache.ts';
import type { FeatureStore } from './feature-store.ts';

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

/** One tile in, its language-model tokens out. */
export class VisionEncoder {
  readonly #session: Session;
  readonly #cache: FeatureCache;
  readonly #store: FeatureStore | undefined;
  readonly #patchDims: readonly [number, number];
  readonly #featureDims: readonly [number, number];
  #last: Promise<unknown> = Promise.resolve();
  /** The file being written; one after the other, beside the encoding. */
  #lastWrite: Promise<void> = Promise.resolve();

  /** `maxCacheBytes`: how much of what was encoded is kept in memory for the next question about the same page; `store` keeps it on disk. */
  constructor(session: Session, manifest: Manifest, maxCacheBytes: number, store?: FeatureStore) {
    const { tileSizePx, patchSizePx, tokensPerTile } = manifest.model.image;
    this.#session = session;
    this.#cache = new FeatureCache(maxCacheBytes);
    this.#store = store;
    this.#patchDims = [(tileSizePx / patchSizePx) ** 2, 3 * patchSizePx ** 2];
    this.#featureDims = [tokensPerTile, manifest.model.hiddenSize];
  }

  /** Tiles are encoded one after the other, in order of the calls: two at once gain nothing and hold twice the memory. */
  encode(tile: TileInput, signal: AbortSignal): Promise<EncodedTile> {
    const run = this.#last.then(async () => {
      signal.throwIfAborted();
      const known = this.#cache.get(tile.digest); // looked up when its turn comes: the tile before may have been the same
      if (known) return { features: known, cached: true };
      const stored = await this.#store?.get(tile.digest);
      const features = stored ?? (await this.#run(await tile.patches(), signal));
      this.#cache.set(tile.digest, features);
      if (!stored) this.#lastWrite = this.#lastWrite.then(() => this.#store?.set(tile.digest, features));
      return { features, cached: stored !== undefined };
    });
    this.#last = run.catch(() => {});
    return abortable(run, signal); // whoever waits in line is let go at once
  }

  async #run(patches: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    const features = new Float32Array(this.#featureDims[0] * this.#featureDims[1]);
    await this.#session.run({
      inputs: { [graphValues.patches]: { dtype: 'float32', dims: this.#patchDims, data: patches } },
      outputs: { [graphValues.features]: { dtype: 'float32', dims: this.#featureDims, data: features } },
      signal,
    });
    return features;
  }

  async dispose(): Promise<void> {
    await this.#last;
    await this.#lastWrite;
    this.#cache.clear();
    await this.#session.dispose();
  }
}
