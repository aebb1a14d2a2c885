import type { Page, PageDpi, PageSize, TextLayer } from '@h2ovl/contract';
import { makeRaster, type Raster } from '../../tiles/raster.ts';

/** What becomes of a page. */
export interface PageChange {
  /** Says the change and nothing else: with the parent's key it is the key of the new page. */
  readonly name: string;
  /** Pixels of the new page when no more are asked for. */
  readonly size: PageSize;
  /** Pixels an inch of the new page. @default the parent's */
  dpi?(parent: PageDpi): PageDpi;
  /** Pixels that the parent must have for the new page to have these. */
  parentSize(atLeast: PageSize): PageSize;
  /** Makes the new pixels. The parent's stay as they are. */
  pixels(parent: Raster, signal: AbortSignal | undefined): Promise<Raster>;
  /** The parent's text layer as that of the new page. */
  textLayer(parent: TextLayer): TextLayer;
}

/** A page made from another one. It holds no pixels of its own: what is asked of it is asked of its parent, which must be open as long. */
export function derivePage(parent: Page, change: PageChange): Page {
  return {
    number: parent.number,
    name: parent.name,
    size: change.size,
    dpi: parent.dpi && (change.dpi?.(parent.dpi) ?? parent.dpi),
    key: `${parent.key}/${change.name}`,
    render: async ({ atLeast, signal } = {}) => {
      const { width, height, data, warnings } = await parent.render({ atLeast: atLeast && change.parentSize(atLeast), signal });
      return { ...(await change.pixels(makeRaster(width, height, data), signal)), warnings };
    },
    textLayer: async (signal) => {
      const layer = await parent.textLayer(signal);
      return layer && change.textLayer(layer);
    },
  };
}

/** The layer with other lines: its text is theirs, and without any there is nothing to see. What is hidden has no place, so it stays. */
export function withLines(layer: TextLayer, lines: TextLayer['lines'], whereto: string): TextLayer {
  const text = lines.map((line) => line.text).join('\n');
  if (lines.length > 0 || layer.health === 'missing') return { ...layer, lines, text };
  return { ...layer, lines, text, health: 'missing', reason: `none of its lines stands ${whereto}` };
}
