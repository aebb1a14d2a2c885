import { maxImageFileBytes, VisionError } from '@h2ovl/contract';

/** Bytes an image file may have. A 200-megapixel photo stays under 100 MB as JPEG. */
export const defaultMaxImageBytes: number = maxImageFileBytes;

/** Pixels an image may have. A poster scanned at 600 dpi has 140 million; decoded, this many take 600 MB. */
export const defaultMaxImagePixels = 200_000_000;

/** Pixels a side may have. The longest screenshots have some ten thousand; the resize needs a table as long as the side. */
export const maxSidePx = 500_000;

/** @throws VisionError IMAGE_TOO_LARGE with both numbers */
export function checkByteCount(name: string, byteCount: number, maxBytes: number): void {
  if (byteCount > maxBytes) throw tooManyBytes(name, byteCount, maxBytes);
}

export function tooManyBytes(name: string, byteCount: number, maxBytes: number): VisionError {
  return new VisionError(
    'IMAGE_TOO_LARGE',
    `${name} has ${formatNumber(byteCount)} bytes; at most ${formatNumber(maxBytes)} are read (maxBytes).`,
    {
      hint: 'Save it smaller (JPEG, or fewer pixels), or raise the limit.',
    },
  );
}

/** @throws VisionError IMAGE_TOO_LARGE with the numbers */
export function checkPixelCount(name: string, width: number, height: number, maxPixels: number): void {
  const size = `${formatNumber(width)} x ${formatNumber(height)} pixels`;
  if (width * height > maxPixels) {
    throw new VisionError(
      'IMAGE_TOO_LARGE',
      `${name} has ${size}, ${formatNumber(width * height)} in all; at most ${formatNumber(maxPixels)} are decoded (maxPixels).`,
      { hint: 'Scale it down first, or raise the limit.' },
    );
  }
  if (Math.max(width, height) > maxSidePx) {
    throw new VisionError('IMAGE_TOO_LARGE', `${name} has ${size}; a side may have at most ${formatNumber(maxSidePx)}.`, {
      hint: 'Cut it into pieces first.',
    });
  }
}

function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}
