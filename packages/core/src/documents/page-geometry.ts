import { type PageSize, VisionError } from '@h2ovl/contract';
import type { PageOutline } from './decoder/decoder-protocol.ts';
import { checkPixelCount, maxSidePx } from './image-limits.ts';

/** Offices scan at 200 dpi; text of 6 points is 17 pixels high. */
const defaultDpi = 200;
/** Unless a resolution is asked for, no page is drawn with more pixels: a poster of 1 m by 1 m has 62 million at 200 dpi. */
const maxDrawnPixels = 40_000_000;

/** @throws VisionError INVALID_ARGUMENT */
export function checkDpi(dpi: number | undefined): number | undefined {
  if (dpi === undefined || (Number.isFinite(dpi) && dpi >= 10 && dpi <= 2400)) return dpi;
  throw new VisionError('INVALID_ARGUMENT', `dpi is ${dpi}; it must be a number from 10 to 2400.`, {
    hint: 'Leave dpi out: a page is then drawn at 200 dpi, a scan with its own pixels.',
  });
}

/**
 * Pixels of a page when no more are asked for: a picture's own, a drawn page's at `dpi`.
 * @throws VisionError IMAGE_TOO_LARGE
 */
export function naturalSize(name: string, outline: PageOutline, dpi: number | undefined, maxPixels: number): PageSize {
  if (outline.unit === 'px') return checked(name, outline, maxPixels);
  if (dpi !== undefined) return checked(name, scaled(outline, dpi / 72), maxPixels);
  const wanted = outline.scan ?? scaled(outline, defaultDpi / 72);
  return fit(wanted, Math.min(maxPixels, maxDrawnPixels));
}

/** Pixels at which a drawn page has at least `atLeast` to each side. */
export function enlarge(size: PageSize, atLeast: PageSize | undefined, maxPixels: number): PageSize {
  if (atLeast === undefined) return size;
  const scale = Math.max(atLeast.width / size.width, atLeast.height / size.height);
  return scale <= 1 ? size : fit({ width: size.width * scale, height: size.height * scale }, Math.min(maxPixels, maxDrawnPixels));
}

function fit({ width, height }: PageSize, maxPixels: number): PageSize {
  const scale = Math.min(1, Math.sqrt(maxPixels / (width * height)), (maxSidePx - 1) / Math.max(width, height));
  // Downwards, so that the limit holds; at least one pixel, as thin as the page may be.
  return scale < 1
    ? { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) }
    : scaled({ width, height }, 1);
}

function scaled({ width, height }: PageSize, scale: number): PageSize {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function checked(name: string, { width, height }: PageSize, maxPixels: number): PageSize {
  checkPixelCount(name, width, height, maxPixels);
  return { width, height };
}
