import { type PageDpi, VisionError } from '@h2ovl/contract';
import type { Metadata } from 'sharp';
import { checkPixelCount } from '../image-limits.ts';
import { loadSharp } from '../load-sharp.ts';
import { type ChildFormat, type ImageFormat, type SniffedFormat, sniffFormat, type UnreadFormat } from '../sniff-format.ts';
import { labAsRgb } from '../tiff/lab-tiff.ts';
import { listTiffPages } from '../tiff/list-tiff-pages.ts';
import { readBmpHeader } from './read-bmp.ts';
import { believableDpi, bmpDpi, chunkType, exifDpi, jfifDpi, pngChunks, pngDpi, tiffDpi } from './read-dpi.ts';
import { readPnmHeader } from './read-pnm.ts';

export interface ReadImageHeaderOptions {
  /** What to call the image in messages. */
  readonly name: string;
  /** Pixels the image may have. */
  readonly maxPixels: number;
  /** Number of the directory of a TIFF, from 0. @default that of its only page */
  readonly directory?: number | undefined;
}

/** How pixels are brought to RGB. `range` are floating-point greys without a known white, `lab` is CIELab of 8 bits. */
export type PixelKind = 'plain' | 'cmyk' | 'range' | 'lab';

/** What is known of an image before its pixels are decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels, after the EXIF turn. */
  readonly width: number;
  /** Pixels, after the EXIF turn. */
  readonly height: number;
  /** Of the page after the EXIF turn; undefined where the file says nothing that can be true. */
  readonly dpi: PageDpi | undefined;
  readonly pixelKind: PixelKind;
  /** The file as the decoder library can read it. */
  readonly source: Uint8Array;
  /** Whether it may have pixels that can be seen through. */
  readonly hasAlpha: boolean;
  /** Of a TIFF: the number of the directory, from 0. */
  readonly directory: number;
  /** Frames of an animation; only the first one is decoded. */
  readonly frameCount: number;
}

export const formatNames: Readonly<Record<ImageFormat | ChildFormat | UnreadFormat, string>> = {
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
  pnm: 'a PNM image',
  svg: 'an SVG drawing',
  'jpeg-xl': 'a JPEG XL image',
  'jpeg-2000': 'a JPEG 2000 image',
};

const nextMoves: Readonly<Record<UnreadFormat, string>> = {
  'avif-sequence': 'Save the frame that matters as PNG.',
  svg: 'Render it to PNG first, for example with: rsvg-convert -o drawing.png drawing.svg',
  'jpeg-xl': 'Convert it to PNG first, for example with: djxl image.jxl image.png',
  'jpeg-2000': 'Save it as PNG.',
};

/** Colour spaces that can be brought to RGB without a profile, and the depths of a channel that each may have. */
const readSpaces: Readonly<Record<string, readonly string[]>> = {
  srgb: ['uchar', 'ushort'],
  'b-w': ['uchar', 'ushort', 'float', 'double'],
  rgb16: ['ushort'],
  grey16: ['ushort'],
  scrgb: ['float'],
  lab: ['float', 'uchar'],
  labs: ['short'],
  cmyk: ['uchar'],
};

/**
 * Reads format and size from the first bytes of an encoded image, without decoding a pixel.
 * @throws VisionError IMAGE_UNREADABLE (not an image, damaged), IMAGE_UNSUPPORTED (recognised, not read yet), IMAGE_TOO_LARGE
 */
export async function readImageHeader(
  bytes: Uint8Array,
  { name, maxPixels, directory: chosen }: ReadImageHeaderOptions,
): Promise<ImageHeader> {
  if (!(maxPixels >= 1)) throw new VisionError('INVALID_ARGUMENT', `maxPixels is a number from 1 up, not ${maxPixels}.`);
  const format = requireImageFormat(bytes, name);
  if (format === 'bmp' || format === 'pnm') {
    const { width, height } = format === 'bmp' ? readBmpHeader(bytes, name) : readPnmHeader(bytes, name);
    checkPixelCount(name, width, height, maxPixels);
    const dpi = believableDpi({ width, height }, [format === 'bmp' ? bmpDpi(bytes) : undefined]);
    return { format, width, height, dpi, pixelKind: 'plain', source: bytes, hasAlpha: false, directory: 0, frameCount: 1 };
  }
  const directory = format === 'tiff' ? (chosen ?? onlyDirectory(bytes, name)) : 0;
  const asRgb = format === 'tiff' ? labAsRgb(bytes, directory) : undefined;
  const source = asRgb ?? bytes;
  const metadata = await readMetadata(source, name, format, directory);
  const { width, height } = metadata.autoOrient;
  checkPixelCount(name, width, height, maxPixels);
  const pixelKind = asRgb === undefined ? requirePixelKind(name, format, metadata) : 'lab';
  const frameCount = format === 'png' ? countPngFrames(bytes) : format === 'tiff' ? 1 : (metadata.pages ?? 1);
  const dpi = statedDpi(bytes, format, metadata, directory);
  return { format, width, height, dpi, pixelKind, source, hasAlpha: metadata.hasAlpha, directory, frameCount };
}

/** The container's own statement before that of its EXIF data. */
function statedDpi(
  bytes: Uint8Array,
  format: ImageFormat,
  { exif, orientation = 1, autoOrient }: Metadata,
  directory: number,
): PageDpi | undefined {
  const isOnItsSide = orientation >= 5;
  const own =
    format === 'png' ? pngDpi(bytes) : format === 'jpeg' ? jfifDpi(bytes) : format === 'tiff' ? tiffDpi(bytes, directory) : undefined;
  const statements = [own, exifDpi(exif)].map((dpi) => (dpi !== undefined && isOnItsSide ? { x: dpi.y, y: dpi.x } : dpi));
  return believableDpi(autoOrient, statements);
}

function onlyDirectory(bytes: Uint8Array, name: string): number {
  const { pages } = listTiffPages(bytes, name);
  if (pages.length === 1 && pages[0] !== undefined) {
    if (pages[0].refusal !== undefined) throw pages[0].refusal;
    return pages[0].directory;
  }
  throw new VisionError('IMAGE_UNSUPPORTED', `${name} is a TIFF of ${pages.length} pages; an image is one page.`, {
    hint: 'Read it as a document, whose pages are read one by one.',
  });
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
  throw refuseFormat(sniffed, name);
}

/** The refusal of what is not decoded here. */
export function refuseFormat(sniffed: Exclude<SniffedFormat, { readonly kind: 'image' }>, name: string): VisionError {
  if (sniffed.kind === 'unread') {
    return new VisionError('IMAGE_UNSUPPORTED', `${name} is ${formatNames[sniffed.format]}, which is not read.`, {
      hint: nextMoves[sniffed.format],
    });
  }
  if (sniffed.kind === 'child') {
    return new VisionError('IMAGE_UNSUPPORTED', `${name} is ${formatNames[sniffed.format]}, which is a document and no image.`, {
      hint: 'Open it as a document.',
    });
  }
  return new VisionError('IMAGE_UNREADABLE', `${name} is not an image: it ${sniffed.finding}.`, {
    hint: sniffed.hint ?? 'Pass a PDF, PNG, JPEG, WebP, AVIF, GIF, TIFF, BMP, PNM or HEIC file.',
  });
}

async function readMetadata(bytes: Uint8Array, name: string, format: ImageFormat, directory: number): Promise<Metadata> {
  const sharp = await loadSharp();
  try {
    // No pixel limit here: the size is what we ask for, and our own limit gives both numbers.
    return await sharp(bytes, { limitInputPixels: false, ...(format === 'tiff' && { page: directory }) }).metadata();
  } catch (cause) {
    throw makeUnreadableError(name, format, cause);
  }
}

function requirePixelKind(name: string, format: ImageFormat, { space, depth, channels }: Metadata): PixelKind {
  if (readSpaces[space]?.includes(depth) === true && channels <= 4) {
    if (space === 'cmyk') return 'cmyk';
    return space === 'b-w' && (depth === 'float' || depth === 'double') ? 'range' : 'plain';
  }
  throw new VisionError(
    'IMAGE_UNSUPPORTED',
    `${name} is ${formatNames[format]} of ${channels} channels of type ${depth} (${space}), which is not read.`,
    { hint: 'Save it as an RGB image of 8 bits a channel.' },
  );
}

/** Frames of an animated PNG: the decoder does not say. The `acTL` chunk comes before the pixels (`IDAT`). */
function countPngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { type, at } of pngChunks(view)) {
    if (type === chunkType('acTL')) return at + 4 <= bytes.length ? view.getUint32(at) : 1;
    if (type === chunkType('IDAT')) return 1;
  }
  return 1;
}
