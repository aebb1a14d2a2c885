import { VisionError } from '@h2ovl/contract';
import type { Metadata } from 'sharp';
import { checkPixelCount } from './image-limits.ts';
import { loadSharp } from './load-sharp.ts';
import { type ImageFormat, sniffFormat, type UnreadFormat } from './sniff-format.ts';

export interface ReadImageHeaderOptions {
  /** What to call the image in messages. */
  readonly name: string;
  /** Pixels the image may have. */
  readonly maxPixels: number;
}

/** What is known of an image before its pixels are decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels, after the EXIF turn. */
  readonly width: number;
  /** Pixels, after the EXIF turn. */
  readonly height: number;
  /** Whether the pixels are cyan, magenta, yellow and black. */
  readonly isCmyk: boolean;
  /** Pages or frames; only the first one is decoded. */
  readonly frameCount: number;
}

const formatNames: Readonly<Record<ImageFormat | UnreadFormat, string>> = {
  png: 'PNG',
  jpeg: 'JPEG',
  webp: 'WebP',
  gif: 'GIF',
  tiff: 'TIFF',
  avif: 'AVIF',
  pdf: 'a PDF',
  heic: 'a HEIC photo',
  'avif-sequence': 'an AVIF sequence',
  bmp: 'a BMP image',
  svg: 'an SVG drawing',
  'jpeg-xl': 'a JPEG XL image',
  'jpeg-2000': 'a JPEG 2000 image',
};

const nextMoves: Readonly<Record<UnreadFormat, string>> = {
  pdf: 'Turn its pages into images first, for example with: pdftoppm -r 150 -png file.pdf page',
  heic: 'Convert it to JPEG first, for example with: heif-convert photo.heic photo.jpg',
  'avif-sequence': 'Save the frame that matters as PNG.',
  bmp: 'Save it as PNG.',
  svg: 'Render it to PNG first, for example with: rsvg-convert -o drawing.png drawing.svg',
  'jpeg-xl': 'Convert it to PNG first, for example with: djxl image.jxl image.png',
  'jpeg-2000': 'Save it as PNG.',
};

/** Colour spaces of 8 and 16 bits that can be brought to RGB without a profile. */
const readSpaces: readonly string[] = ['srgb', 'b-w', 'rgb16', 'grey16', 'cmyk'];

/**
 * Reads format and size from the first bytes of an encoded image, without decoding a pixel.
 * @throws VisionError IMAGE_UNREADABLE (not an image, damaged), IMAGE_UNSUPPORTED (recognised, not read yet), IMAGE_TOO_LARGE
 */
export async function readImageHeader(bytes: Uint8Array, { name, maxPixels }: ReadImageHeaderOptions): Promise<ImageHeader> {
  if (!(maxPixels >= 1)) throw new VisionError('INVALID_ARGUMENT', `maxPixels is a number from 1 up, not ${maxPixels}.`);
  const format = requireImageFormat(bytes, name);
  const metadata = await readMetadata(bytes, name, format);
  const { width, height } = metadata.autoOrient;
  checkPixelCount(name, width, height, maxPixels);
  const isCmyk = metadata.space === 'cmyk';
  checkPixelKind(name, format, metadata);
  const frameCount = format === 'png' ? countPngFrames(bytes) : (metadata.pages ?? 1);
  if (format === 'tiff' && frameCount > 1) {
    throw new VisionError('IMAGE_UNSUPPORTED', `${name} is a TIFF of ${frameCount} pages; files of several pages are not read yet.`, {
      hint: 'Split it first, for example with: tiffsplit scan.tif page-',
    });
  }
  return { format, width, height, isCmyk, frameCount };
}

/** Says that the decoder gave up, in the words of the decoder. */
export function makeUnreadableError(name: string, format: ImageFormat, cause: unknown): VisionError {
  const reason = cause instanceof Error ? (cause.message.split('\n').find((line) => line.includes(': ')) ?? cause.message) : String(cause);
  return new VisionError(
    'IMAGE_UNREADABLE',
    `${name} begins as ${formatNames[format]}, but is damaged or cut off (${reason.trim().replace(/:$/, '')}).`,
    { hint: 'Get the file again from where it came, or save it anew as PNG.', cause },
  );
}

function requireImageFormat(bytes: Uint8Array, name: string): ImageFormat {
  if (bytes.length === 0) {
    throw new VisionError('IMAGE_UNREADABLE', `${name} is empty: it has 0 bytes.`, { hint: 'Check the step that writes it.' });
  }
  const sniffed = sniffFormat(bytes);
  if (sniffed.kind === 'image') return sniffed.format;
  if (sniffed.kind === 'unread') {
    throw new VisionError('IMAGE_UNSUPPORTED', `${name} is ${formatNames[sniffed.format]}, which is not read yet.`, {
      hint: nextMoves[sniffed.format],
    });
  }
  throw new VisionError('IMAGE_UNREADABLE', `${name} is not an image: it ${sniffed.finding}.`, {
    hint: 'Pass a PNG, JPEG, WebP, GIF, TIFF or AVIF file.',
  });
}

async function readMetadata(bytes: Uint8Array, name: string, format: ImageFormat): Promise<Metadata> {
  const sharp = await loadSharp();
  try {
    // No pixel limit here: the size is what we ask for, and our own limit gives both numbers.
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw makeUnreadableError(name, format, cause);
  }
}

function checkPixelKind(name: string, format: ImageFormat, { space, depth, channels }: Metadata): void {
  const isRead = (depth === 'uchar' || (depth === 'ushort' && space !== 'cmyk')) && readSpaces.includes(space) && channels <= 4;
  if (isRead) return;
  throw new VisionError(
    'IMAGE_UNSUPPORTED',
    `${name} is a ${formatNames[format]} of ${channels} channels of type ${depth} (${space}), which is not read yet.`,
    { hint: 'Save it as an RGB image of 8 bits a channel.' },
  );
}

/** More chunks than any real file has before its pixels; a hostile one could hold millions. */
const maxPngChunks = 1_000;

/** Frames of an animated PNG: the decoder does not say. The `acTL` chunk comes before the pixels (`IDAT`). */
function countPngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 8;
  for (let chunk = 0; chunk < maxPngChunks && at + 12 <= bytes.length; chunk += 1) {
    const type = view.getUint32(at + 4);
    if (type === 0x6163544c) return view.getUint32(at + 8);
    if (type === 0x49444154) return 1;
    at += 12 + view.getUint32(at);
  }
  return 1;
}
