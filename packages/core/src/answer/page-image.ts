import { createHash } from 'node:crypto';
import { type ImageInput, VisionError } from '@h2ovl/contract';
import { decodeImage, imageSize } from '../documents/decode-image.ts';
import type { RemoteImages } from '../documents/fetch-image.ts';
import { readImageSource } from '../documents/image-source.ts';
import type { TileInput } from '../model/vision-encoder.ts';
import { normalizePixels } from '../tiles/normalize-pixels.ts';
import { planTiles, type TileOptions } from '../tiles/plan-tiles.ts';
import { preprocessImage } from '../tiles/preprocess-image.ts';

export interface PageImageOptions {
  readonly tiles: TileOptions;
  readonly patchSizePx: number;
  readonly allowRemote: RemoteImages;
  readonly known: KnownPages;
}

/**
 * One image of a prompt. Opening it reads the file and its header, which is enough to count its tokens; pixels are decoded and cut when
 * the tiles are asked for, and let go when the last one was encoded.
 */
export class PageImage {
  readonly name: string;
  readonly tileCount: number;
  /** What the caller should know about how the image was read; complete once the tiles are. */
  readonly warnings: string[] = [];
  readonly #options: PageImageOptions;
  readonly #key: string;
  #bytes: Uint8Array | undefined;
  #cut: readonly Uint8Array[] | undefined;

  private constructor(name: string, bytes: Uint8Array, tileCount: number, options: PageImageOptions) {
    this.name = name;
    this.tileCount = tileCount;
    this.#options = options;
    this.#bytes = bytes;
    this.#key = createHash('sha256').update(JSON.stringify(options.tiles)).update(bytes).digest('hex');
  }

  /** @throws VisionError IMAGE_NOT_FOUND, IMAGE_UNREADABLE, IMAGE_UNSUPPORTED, IMAGE_TOO_LARGE, INVALID_ARGUMENT */
  static async open(input: ImageInput, options: PageImageOptions, signal: AbortSignal): Promise<PageImage> {
    const { bytes, name } = await readImageSource(input, { allowRemote: options.allowRemote, signal });
    const { width, height } = await imageSize(bytes, { name });
    return new PageImage(name, bytes, planTiles(width, height, options.tiles).tileCount, options);
  }

  /** The tiles in the order the model reads them. A page seen lately is not even decoded: its digests are known. */
  async tiles(signal: AbortSignal): Promise<readonly TileInput[]> {
    const known = this.#options.known.get(this.#key);
    const digests = known?.digests ?? (await this.#decode(signal)).map(digestOf);
    if (known) this.warnings.push(...known.warnings);
    else this.#options.known.set(this.#key, { digests, warnings: [...this.warnings] });
    return digests.map((digest, index) => ({ digest, patches: () => this.#patches(index, signal) }));
  }

  /** Lets the pixels go; a tile asked for later is decoded again. */
  releasePixels(): void {
    this.#cut = undefined;
  }

  async #patches(index: number, signal: AbortSignal): Promise<Float32Array> {
    const tiles = this.#cut ?? (await this.#decode(signal));
    const {
      tiles: { tileSizePx },
      patchSizePx,
    } = this.#options;
    return normalizePixels(tiles[index] as Uint8Array, { tileSizePx, patchSizePx });
  }

  async #decode(signal: AbortSignal): Promise<readonly Uint8Array[]> {
    if (!this.#bytes) throw new VisionError('DISPOSED', `${this.name} was closed.`);
    const { raster, warnings } = await decodeImage(this.#bytes, { name: this.name, signal });
    this.warnings.splice(0, this.warnings.length, ...warnings);
    const { tiles } = await preprocessImage(raster, this.#options.tiles, signal);
    if (tiles.length !== this.tileCount) {
      throw new VisionError('IMAGE_UNREADABLE', `${this.name} is cut into ${tiles.length} tiles; its header promised ${this.tileCount}.`);
    }
    this.#cut = tiles;
    return tiles;
  }

  /** Lets everything go. */
  close(): void {
    this.#bytes = undefined;
    this.#cut = undefined;
  }
}

interface KnownPage {
  readonly digests: readonly string[];
  readonly warnings: readonly string[];
}

/** Digests of the tiles of pages seen lately, by the digest of file and cutting: a few hundred bytes a page. */
export class KnownPages {
  readonly #pages = new Map<string, KnownPage>();

  get(key: string): KnownPage | undefined {
    return this.#pages.get(key);
  }

  set(key: string, page: KnownPage): void {
    this.#pages.set(key, page);
    const oldest = this.#pages.keys().next().value;
    if (this.#pages.size > maxKnownPages && oldest !== undefined) this.#pages.delete(oldest);
  }
}

const maxKnownPages = 256;

function digestOf(tile: Uint8Array): string {
  return createHash('sha256').update(tile).digest('hex');
}
