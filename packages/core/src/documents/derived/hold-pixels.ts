import type { Page, PagePixels, PageSize } from '@h2ovl/contract';

/** Pixels that are kept between two uses: 50 million take 150 MB. Larger pages are rendered anew each time. */
const mostHeldPixels = 50_000_000;

/**
 * The same page, whose pixels are kept from one use to the next until it is let go: a page that is looked at, then cut into parts, is decoded once.
 * Its pixels must not be changed.
 */
class HeldPage {
  readonly page: Page;
  #held: { readonly size: string; readonly pixels: PagePixels } | undefined;
  /** A picture has the pixels it has, whatever is asked for. */
  #isPicture = false;

  constructor(page: Page) {
    this.page = {
      ...page,
      render: async (options = {}) => {
        const { atLeast } = options;
        const size = atLeast === undefined ? '' : `${atLeast.width}x${atLeast.height}`;
        const held = this.#held;
        if (held !== undefined && (this.#isPicture || held.size === size || fits(held.pixels, atLeast, page.size))) {
          options.signal?.throwIfAborted();
          return held.pixels;
        }
        const pixels = await page.render(options);
        const isNatural = pixels.width === page.size.width && pixels.height === page.size.height;
        if (isNatural && atLeast !== undefined && !fits(pixels, atLeast, page.size)) this.#isPicture = true;
        if (pixels.width * pixels.height <= mostHeldPixels) this.#held = { size, pixels };
        return pixels;
      },
      textLayer: (signal) => page.textLayer(signal),
    };
  }

  /** Lets the pixels go. */
  release(): void {
    this.#held = undefined;
  }
}

/** Whether pixels of the natural size are as many as are asked for. */
function fits(pixels: PagePixels, atLeast: PageSize | undefined, natural: PageSize): boolean {
  if (pixels.width !== natural.width || pixels.height !== natural.height) return false;
  return atLeast === undefined || (atLeast.width <= natural.width && atLeast.height <= natural.height);
}

/** Keeps the pixels of a page while it is looked at, shown and cut. */
export async function withHeldPage<T>(page: Page, work: (page: Page) => Promise<T>): Promise<T> {
  const held = new HeldPage(page);
  try {
    return await work(held.page);
  } finally {
    held.release();
  }
}
