import type { Page, PageSize, RenderOptions, TextLayer } from '@h2ovl/contract';
import { ChildDocument } from './decoder/child-document.ts';
import type { DecoderFormat, PageOutline } from './decoder/decoder-protocol.ts';
import { type DocumentOverlay, lockedPdf, type OverlaidFacts } from './document-overlay.ts';
import { DocumentPages, type DocumentParts, noPdf } from './document-pages.ts';
import { enlarge, naturalSize } from './page-geometry.ts';
import { judgeLayer } from './text-layer/judge-layer.ts';

/** Pages that another process decodes. */
export class ChildPages extends DocumentPages {
  override readonly pageCount: number;
  override readonly warnings: readonly string[];
  readonly #child: ChildDocument;

  private constructor(parts: DocumentParts, child: ChildDocument) {
    super(parts);
    this.#child = child;
    this.pageCount = child.pageCount;
    this.warnings = child.warnings;
  }

  static async open(
    parts: DocumentParts,
    format: DecoderFormat,
    password: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ChildPages> {
    const { source, limits, maxDecoders } = parts;
    const child = await ChildDocument.open({ format, name: source.name, source: source.content, password, limits, maxDecoders }, signal);
    return new ChildPages(parts, child);
  }

  protected override async open(number: number, signal: AbortSignal | undefined): Promise<Page> {
    const { limits, dpi, sha256 } = this.parts;
    const name = this.pageName(number);
    const child = this.#child;
    const outline = await child.page(number - 1, signal);
    const size = naturalSize(name, outline, dpi, limits.maxPixels);
    return {
      number,
      name,
      size,
      dpi: outline.dpi,
      key: `${sha256}:${number}:${size.width}x${size.height}`,
      render: async ({ atLeast, signal: stop }: RenderOptions = {}) => {
        const { width, height } = chooseSize(outline, size, atLeast, limits.maxPixels);
        return child.render(number - 1, width, height, stop);
      },
      textLayer: async (stop): Promise<TextLayer | undefined> => {
        const text = await child.text(number - 1, stop);
        return text === undefined ? undefined : judgeLayer(text);
      },
    };
  }

  override checkOverlay(): void {
    if (this.parts.format !== 'pdf') throw noPdf(this.name);
    if (this.#child.isLocked) throw lockedPdf(this.name);
  }

  override async writeOverlaid(
    { pdf, pages }: DocumentOverlay,
    write: (bytes: Uint8Array) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<OverlaidFacts> {
    const { source, format } = this.parts;
    if (format !== 'pdf') throw noPdf(this.name);
    for (const number of pages) this.checkNumber(number);
    if (pages.length === 0) {
      for await (const part of source.parts(source.byteCount, signal)) await write(part);
      return { warnings: [] };
    }
    const { keptBytes, added, isSigned } = await this.#child.overlay({ pdf, pages: pages.map((number) => number - 1) }, signal);
    for await (const part of source.parts(keptBytes, signal)) await write(part);
    await write(added);
    if (!isSigned) return { warnings: [] };
    return {
      warnings: [
        keptBytes > 0
          ? `${this.name} is signed: its signatures hold for what was there before, not for what was added.`
          : `${this.name} is signed: it had to be written anew, and its signatures no longer hold.`,
      ],
    };
  }

  override async close(): Promise<void> {
    this.#child.close();
    await super.close();
  }
}

function chooseSize(outline: PageOutline, size: PageSize, atLeast: PageSize | undefined, maxPixels: number): PageSize {
  return outline.unit === 'px' ? size : enlarge(size, atLeast, maxPixels);
}
