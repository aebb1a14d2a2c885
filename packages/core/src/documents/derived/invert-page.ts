import type { Page } from '@h2ovl/contract';
import { makePacer } from '../../tiles/make-pacer.ts';
import type { Raster } from '../../tiles/raster.ts';
import { derivePage } from './derive-page.ts';

/** Bytes changed between two looks at the clock. */
const sliceBytes = 1024 * 1024;

/** A page with light and dark exchanged. */
export function invertPage(page: Page): Page {
  return derivePage(page, {
    name: 'invert',
    size: page.size,
    parentSize: (atLeast) => atLeast,
    pixels: invert,
    textLayer: (layer) => layer,
  });
}

async function invert({ width, height, data }: Raster, signal: AbortSignal | undefined): Promise<Raster> {
  const pacer = makePacer(signal);
  const target = new Uint8Array(data.length);
  for (let from = 0; from < data.length; from += sliceBytes) {
    const end = Math.min(data.length, from + sliceBytes);
    for (let at = from; at < end; at += 1) target[at] = 255 - (data[at] as number);
    if (pacer.isDue()) await pacer.pause();
  }
  return { width, height, data: target };
}
