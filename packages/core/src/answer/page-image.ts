import { createHash } from 'node:crypto';
import { type ImageFacts, type ImageInput, type Page, VisionError } from '@h2ovl/contract';
import type { RemoteImages } from '../documents/fetch-image.ts';
import type { ImageLimits } from '../documents/image-limits.ts';
import { openDocument } from '../documents/open-document.ts';
import type { TileInput } from '../model/vision-encoder.ts';
import { RecentMap } from '../store/recent-map.ts';
import { cutTiles } from '../tiles/cut-tiles.ts';
import { normalizePixels } from '../tiles/normalize-pixels.ts';
import { planTiles, type TileOptions, type TilePlan } from '../tiles/plan-tiles.ts';
import { makeRaster } from '../tiles/raster.ts';

export interface PageImageOptions {
  readonly tiles: TileOptions;
  readonly patchSizePx: number;
  readonly allowRemote: RemoteImages;
  readonly limits: Required<ImageLimits>;
  readonly known: KnownPages;
}

/**
 * One image of a prompt. Opening it reads the file and its header, which is enough to count its tokens; pixels are decoded and cut when
 * the tiles are asked for, and let go when the last one was encoded.
 */
export class PageImage {
  readonly name: string;
  /** Size and cutting; known from the header. */
  readonly facts: ImageFacts;
  /** What the caller should know about how the image was read; complete once the tiles are. */
  readonly warnings: string[] = [];
  readonly #options: PageImageOptions;
  readonly #plan: TilePlan;
  readonly #key: string;
  readonly #release: () => Promise<void>;
  #page: Page | undefined;
  #cut: readonly Uint8Array[] | undefined;

  private constructor({ page, release }: OpenedPage, options: PageImageOptions) {
    this.name = page.name;
    this.#options = options;
    this.#page = page;
    this.#release = release;
    this.#plan = planTiles(page.size.width, page.size.height, options.tiles);
    this.facts = describeImage(page.size, this.#plan, options.tiles.tileSizePx);
    this.#key = createHash('sha256').update(JSON.stringify(options.tiles)).update(page.key).digest('hex');
  }

  /** @throws VisionError IMAGE_*, DOCUMENT_*, INVALID_ARGUMENT */
  static async open(input: ImageInput, options: PageImageOptions, signal: AbortSignal): Promise<PageImage> {
    const opened = await openPage(input, options, signal);
    try {
      return new PageImage(opened, options);
    } catch (error) {
      await opened.release();
      throw error;
    }
  }

  get tileCount(): number {
    return this.facts.tiles;
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
    if (this.#page === undefined) throw new VisionError('DISPOSED', `${this.name} was closed.`);
    const { tileSizePx } = this.#options.tiles;
    // As large as the largest grid: nothing that is drawn has to be enlarged afterwards.
    const atLeast = {
      width: Math.max(...this.#plan.grids.map(({ columns }) => columns)) * tileSizePx,
      height: Math.max(...this.#plan.grids.map(({ rows }) => rows)) * tileSizePx,
    };
    const { width, height, data, warnings } = await this.#page.render({ atLeast, signal });
    this.warnings.splice(0, this.warnings.length, ...warnings);
    this.#cut = await cutTiles(makeRaster(width, height, data), this.#plan.places, { tileSizePx, signal });
    return this.#cut;
  }

  /** Lets everything go. */
  close(): void {
    this.#page = undefined;
    this.#cut = undefined;
    this.#release().catch(() => {}); // what is left of a file that was read is nobody's concern
  }
}

function describeImage({ width, height }: Page['size'], { tileCount, grids }: TilePlan, tileSizePx: number): ImageFacts {
  const scales = grids.map(({ columns, rows }) => ({ x: (columns * tileSizePx) / width, y: (rows * tileSizePx) / height }));
  const finest = scales.reduce((best, one) => (Math.min(one.x, one.y) > Math.min(best.x, best.y) ? one : best));
  return {
    widthPx: width,
    heightPx: height,
    grids: grids.map(({ columns, rows }) => ({ columns, rows })),
    tiles: tileCount,
    scale: Number(Math.min(finest.x, finest.y).toFixed(3)),
    scaleX: toFigures(finest.x),
    scaleY: toFigures(finest.y),
  };
}

/** A page that is squeezed to a hundredth should show it. */
function toFigures(scale: number): number {
  return Number(scale.toPrecision(4));
}

interface OpenedPage {
  readonly page: Page;
  readonly release: () => Promise<void>;
}

/** The page itself, or the only page of an image. */
async function openPage(input: ImageInput, { allowRemote, limits }: PageImageOptions, signal: AbortSignal): Promise<OpenedPage> {
  if (isPage(input)) return { page: input, release: async () => {} }; // its document belongs to the caller
  const document = await openDocument(input, { allowRemote, signal, ...limits });
  try {
    if (document.pageCount !== 1) {
      throw new VisionError('IMAGE_UNSUPPORTED', `${document.name} has ${document.pageCount} pages; an image of a prompt is one page.`, {
        hint: 'Read it as a document, whose pages are read one by one, or pass one of its pages.',
      });
    }
    return { page: await document.page(1, signal), release: () => document.close() };
  } catch (error) {
    await document.close();
    throw error;
  }
}

function isPage(input: ImageInput): input is Page {
  return typeof input === 'object' && input !== null && 'render' in input;
}

interface KnownPage {
  readonly digests: readonly string[];
  readonly warnings: readonly string[];
}

/** Digests of the tiles of pages seen lately, by the digest of file and cutting: a few hundred bytes a page. */
export class KnownPages extends RecentMap<KnownPage> {
  constructor() {
    super({ maxCount: maxKnownPages });
  }
}

const maxKnownPages = 256;

function digestOf(tile: Uint8Array): string {
  return createHash('sha256').update(tile).digest('hex');
}
