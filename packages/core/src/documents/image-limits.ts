import { maxImageFileBytes, VisionError } from '@h2ovl/contract';

/** What one picture may take. */
export interface ImageLimits {
  /** Bytes of the file. @default 200_000_000 */
  readonly maxBytes?: number;
  /** Pixels, width times height; decoding takes three to eight bytes for each. @default 200_000_000 */
  readonly maxPixels?: number;
}

/** @throws VisionError INVALID_ARGUMENT for a limit that is no whole number from 1 */
export function resolveImageLimits(limits: ImageLimits = {}): Required<ImageLimits> {
  const { maxBytes = defaultMaxImageBytes, maxPixels = defaultMaxImagePixels } = limits;
  for (const [name, value] of Object.entries({ maxBytes, maxPixels })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new VisionError('INVALID_ARGUMENT', `imageLimits.${name} is ${value}; it must be a whole number from 1.`, {
      hint: 'Leave it out for its default.',
    });
  }
  return { maxBytes, maxPixels };
}

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
      hint: 'Save it smaller (JPEG, or fewer pixels), or raise maxBytes (in imageLimits for pictures of a prompt, in the options of a document).',
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
      { hint: 'Scale it down first, or raise maxPixels (in imageLimits for pictures of a prompt, in the options of a document).' },
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
