import { type Page, type PagePixels, type RenderOptions, VisionError } from '@h2ovl/contract';
import { DocumentPages, type DocumentParts } from './document-pages.ts';
import { decodeImage, imageSize } from './images/decode-image.ts';

/** An image, decoded in this process after its header was held to the limits. */
export class ImagePages extends DocumentPages {
  override readonly pageCount: number = 1;
  override readonly warnings: readonly string[];
  readonly #directory: number | undefined;
  #bytes: Uint8Array | undefined;

  constructor(
    parts: DocumentParts,
    bytes: Uint8Array,
    { directory, warnings = [] }: { readonly directory?: number | undefined; readonly warnings?: readonly string[] } = {},
  ) {
    super(parts);
    this.#bytes = bytes;
    this.#directory = directory;
    this.warnings = warnings;
  }

  protected override async open(number: number, signal: AbortSignal | undefined): Promise<Page> {
    const { sha256, limits } = this.parts;
    const { name } = this;
    const bytes = this.#need();
    const options = { name, maxPixels: limits.maxPixels, directory: this.#directory };
    const { dpi, ...size } = await imageSize(bytes, options);
    signal?.throwIfAborted();
    return {
      number,
      name,
      size,
      dpi,
      key: sha256,
      render: async ({ signal: stop }: RenderOptions = {}): Promise<PagePixels> => {
        const { raster, warnings } = await decodeImage(this.#need(), { ...options, signal: stop });
        return { ...raster, warnings };
      },
      textLayer: async () => undefined,
    };
  }

  #need(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    throw new VisionError('DISPOSED', `${this.name} was closed.`, { hint: 'Open it again.' });
  }

  override async close(): Promise<void> {
    this.#bytes = undefined;
    await super.close();
  }
}
