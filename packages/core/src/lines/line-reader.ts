import { abortable, type Page, type PageLines, type PagePixels, VisionError } from '@h2ovl/contract';
import { openRuntime } from '../runtime/open-runtime.ts';
import type { Runtime } from '../runtime/port.ts';
import { makePacer } from '../tiles/make-pacer.ts';
import { makeRaster, type Raster } from '../tiles/raster.ts';
import { type OpenNetworks, openNetworks } from './open-networks.ts';
import { PageWorker } from './page-worker/page-worker-link.ts';
import { findDescription, openReaderFiles } from './reader-files.ts';

/** A page of an open document, or pixels. */
export type LinePage = Page | Pick<PagePixels, 'width' | 'height' | 'data'>;

/** Pixels of a page whose lines are read. Two copies of its three bytes a pixel are in memory at times. */
const mostPixels = 200_000_000;
/** Bytes copied between two turns of the event loop. */
const copySliceBytes = 2 * 1024 * 1024;

/** Where the lines of a page are kept. */
export interface KeptLines {
  readonly get: () => PageLines | undefined;
  readonly set: (lines: PageLines) => void;
}

interface Opened {
  readonly runtime: Runtime;
  readonly networks: OpenNetworks;
  readonly worker: PageWorker;
}

/** Reads the lines of pages, one page after the other. Files and networks are opened when the first page comes. */
export class LineReader {
  readonly #description: string | undefined;
  #opening: Promise<Opened> | undefined;
  #last: Promise<void> = Promise.resolve();
  #isDisposed = false;

  /** `description`: the path of another `index.json` than that of the installed package @h2ovl/lines. */
  constructor(description?: string) {
    this.#description = description;
  }

  /**
   * The lines of a page. `kept` is looked at when the page's turn comes: somebody before it may have asked for the same one.
   * @throws VisionError MODEL_NOT_FOUND, MODEL_FILE_CORRUPT, IMAGE_TOO_LARGE, INVALID_ARGUMENT, RUNTIME_UNAVAILABLE, SESSION_FAILED, DISPOSED; what
   * rendering the page throws; the signal's reason when aborted
   */
  async read(page: LinePage, signal: AbortSignal, kept?: KeptLines): Promise<PageLines> {
    const { width, height } = 'render' in page ? page.size : page;
    checkSize(width, height);
    const leave = await this.#enter(signal);
    try {
      const known = kept?.get();
      if (known !== undefined) return known;
      const { networks, worker } = await this.#open(signal);
      const { warnings = [], ...pixels }: Partial<Pick<PagePixels, 'warnings'>> & Raster =
        'render' in page ? await page.render({ signal }) : page;
      checkSize(pixels.width, pixels.height);
      const raster = makeRaster(pixels.width, pixels.height, pixels.data);
      const copy = await copyPixels(raster, worker.takeMemory(raster.data.length), signal);
      const seen = await worker.read(copy, networks.forPage(signal), signal);
      const lines = { ...seen, warnings: [...warnings, ...seen.warnings] };
      kept?.set(lines);
      return lines;
    } finally {
      leave();
    }
  }

  /** Waits for the page in work, then frees everything. Idempotent. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#last;
    const opened = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    await opened?.worker.stop();
    await opened?.runtime.dispose();
  }

  /** Waits until the pages before this one are done. */
  async #enter(signal: AbortSignal): Promise<() => void> {
    if (this.#isDisposed) throw new VisionError('DISPOSED', 'The line reader was closed.', { hint: 'Open it again.' });
    let leave = (): void => {};
    const before = this.#last;
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last = before.then(() => mine);
    try {
      await abortable(before, signal);
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  #open(signal: AbortSignal): Promise<Opened> {
    this.#opening ??= this.#openParts(signal).catch((error: unknown) => {
      this.#opening = undefined; // the next page tries again
      throw error;
    });
    return this.#opening;
  }

  async #openParts(signal: AbortSignal): Promise<Opened> {
    const files = await openReaderFiles(this.#description ?? findDescription(), signal);
    const runtime = await openRuntime();
    try {
      const networks = await openNetworks(runtime, files);
      const worker = new PageWorker({ alphabet: files.alphabet, hasQuickRecogniser: networks.hasQuickRecogniser });
      return { runtime, networks, worker };
    } catch (error) {
      await runtime.dispose();
      throw error;
    }
  }
}

function checkSize(width: number, height: number): void {
  if (width * height <= mostPixels) return;
  const [size, all, most] = [`${width} x ${height}`, width * height, mostPixels].map((value) => value.toLocaleString('en-US'));
  throw new VisionError('IMAGE_TOO_LARGE', `The page has ${size} pixels, ${all} in all; lines are read on at most ${most}.`, {
    hint: 'Scale it down, or cut it into pieces first.',
  });
}

/** The page's memory stays with its owner; the copy moves to the thread. `copy`: room for all of it. */
async function copyPixels(
  { width, height, data }: Raster,
  copy: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Raster & { readonly data: Uint8Array<ArrayBuffer> }> {
  const pacer = makePacer(signal);
  for (let from = 0; from < data.length; from += copySliceBytes) {
    copy.set(data.subarray(from, from + copySliceBytes), from);
    if (pacer.isDue()) await pacer.pause();
  }
  return { width, height, data: copy };
}
