import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type { FeatureSource } from '../../answer/prompt-source.ts';
import { FeatureStore } from '../../model/feature-store.ts';
import type { EncodedTile } from '../../model/vision-encoder.ts';
import { type PreparedPrecision, withTiles } from '../open-precision.ts';
import { type PredictedPage, question } from './judged-pages.ts';
import type { PlanRecords } from './plan-records.ts';

/** Runs the float32 tower over one tile. */
export type EncodeTile = (patches: Float32Array) => Promise<Float32Array>;

export interface ReferenceOptions {
  readonly model: PreparedPrecision;
  readonly pages: readonly PredictedPage[];
  readonly signal: AbortSignal;
  readonly onStep: (step: string, done: number, total: number) => void;
}

/**
 * What float32 vision makes of the pages that plans are judged on. It is made while the float32 tower is open anyway, to be observed, and kept with the record:
 * so the tower is opened once, and never beside the language part.
 */
export class ReferenceFeatures implements FeatureSource {
  readonly tilesPerRun = 1;
  readonly #store: FeatureStore;
  readonly #options: ReferenceOptions;

  private constructor(store: FeatureStore, options: ReferenceOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** `runtimeVersion`: another version may round differently. */
  static async open(records: PlanRecords, runtimeVersion: string, options: ReferenceOptions): Promise<ReferenceFeatures> {
    const place = { directory: join(records.folder, 'features'), maxBytes: Number.MAX_SAFE_INTEGER };
    return new ReferenceFeatures(await FeatureStore.open(place, options.model.manifest, runtimeVersion), options);
  }

  /** Whether those of all pages are there, whole. */
  async isComplete(): Promise<boolean> {
    let missing = 0;
    await this.#forEachTile(async ({ digest }) => {
      if ((await this.#store.get(digest)) === undefined) missing += 1;
    });
    return missing === 0;
  }

  /** Makes those that are not there. @throws VisionError STORAGE_UNAVAILABLE */
  async make(encode: EncodeTile): Promise<void> {
    const { pages, onStep } = this.#options;
    await this.#forEachTile(async (tile, page) => {
      if ((await this.#store.get(tile.digest)) !== undefined) return;
      await this.#store.set(tile.digest, await encode(await tile.patches()));
      if ((await this.#store.get(tile.digest)) === undefined) throw notKept();
      onStep('encoding pages in float32', page + 1, pages.length);
    });
  }

  /** Of tiles that were made. */
  async encodeAll(tiles: Parameters<FeatureSource['encodeAll']>[0]): Promise<readonly EncodedTile[]> {
    const encoded: EncodedTile[] = [];
    for (const { digest } of tiles) {
      const features = await this.#store.get(digest);
      if (features === undefined) throw notKept();
      encoded.push({ features, cached: true });
    }
    return encoded;
  }

  async #forEachTile(use: (tile: Parameters<FeatureSource['encodeAll']>[0][number], page: number) => Promise<void>): Promise<void> {
    const { model, pages, signal } = this.#options;
    for (const [page, { file }] of pages.entries()) {
      await withTiles(model, { file, question }, signal, async (tiles) => {
        for (const tile of tiles) await use(tile, page);
      });
    }
  }
}

const notKept = (): VisionError =>
  new VisionError('STORAGE_UNAVAILABLE', 'Features of a page could not be written to the record of the measurement.', {
    hint: 'Free some space, or set H2OVL_HOME to a folder on a larger disk.',
  });
