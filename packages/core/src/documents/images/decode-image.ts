import { abortable, type PageDpi, type PageSize } from '@h2ovl/contract';
import type { SharpOptions } from 'sharp';
import { makeRaster, type Raster } from '../../tiles/raster.ts';
import { defaultMaxImagePixels } from '../image-limits.ts';
import { loadSharp } from '../load-sharp.ts';
import type { ImageFormat } from '../sniff-format.ts';
import { chooseGround } from './choose-ground.ts';
import { cmykToRgb } from './cmyk-to-rgb.ts';
import { labToRgb } from './lab-to-rgb.ts';
import { readBmp, readBmpHeader } from './read-bmp.ts';
import { type ImageHeader, makeUnreadableError, readImageHeader } from './read-image-header.ts';
import { readPnm, readPnmHeader } from './read-pnm.ts';
import { stretchRange } from './stretch-range.ts';

export interface ImageSizeOptions {
  /** What to call the image in messages. */
  readonly name: string;
  /** Pixels an image may have; larger ones are refused from their header. @default 200_000_000 */
  readonly maxPixels?: number | undefined;
  /** Number of the directory of a TIFF, from 0. @default that of its only page */
  readonly directory?: number | undefined;
}

export interface DecodeImageOptions extends ImageSizeOptions {
  /** Stops the wait; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Pixels, and what the caller should know about how they were got. */
export interface DecodedImage {
  readonly raster: Raster;
  readonly warnings: readonly string[];
  readonly format: ImageFormat;
}

/** What a picture's header says of it, after the EXIF turn: pixels to each side and, where that can be true, pixels an inch. Nothing is decoded. @throws VisionError as `decodeImage` does for headers */
export async function imageSize(
  bytes: Uint8Array,
  { name, maxPixels = defaultMaxImagePixels, directory }: ImageSizeOptions,
): Promise<PageSize & { readonly dpi?: PageDpi }> {
  const { width, height, dpi } = await readImageHeader(bytes, { name, maxPixels, directory });
  return { width, height, ...(dpi !== undefined && { dpi }) };
}

/**
 * Decodes PNG, JPEG, WebP, GIF, AVIF, BMP, PNM and one page of a TIFF to 8-bit RGB with the values Pillow's `convert('RGB')` gives (AVIF: close to them,
 * its decoder converts colours in its own way): embedded colour profiles are ignored, grey becomes three equal channels, CMYK and Lab are converted without a profile.
 * Three deviations from the reference, on purpose: the EXIF turn is applied, transparent pixels are laid on white (on black, where next to nothing of what is seen could be read on white), and 16-bit grey keeps its upper
 * byte instead of being clipped to white. Floating-point greys are stretched from their darkest to their lightest value unless they run from 0 to 1. Of an animation the first frame is read, with a warning.
 * @throws VisionError IMAGE_UNREADABLE (not an image, damaged, cut off), IMAGE_UNSUPPORTED (recognised, not read yet), IMAGE_TOO_LARGE (from the header,
 * before any decoding), INVALID_ARGUMENT, RUNTIME_UNAVAILABLE (decoders missing); the signal's reason when aborted
 */
export async function decodeImage(
  bytes: Uint8Array,
  { name, maxPixels = defaultMaxImagePixels, directory, signal }: DecodeImageOptions,
): Promise<DecodedImage> {
  signal?.throwIfAborted();
  const header = await readImageHeader(bytes, { name, maxPixels, directory });
  const warnings: string[] = [];
  const { format } = header;
  if (format === 'bmp') return { raster: await readBmp(bytes, readBmpHeader(bytes, name), name, signal), warnings, format };
  if (format === 'pnm') return { raster: await readPnm(bytes, readPnmHeader(bytes, name), name, signal), warnings, format };
  if (header.frameCount > 1) warnings.push(`It is an animation of ${header.frameCount} frames; only the first one was read.`);
  const ground = header.hasAlpha && header.pixelKind === 'plain' ? await findGround(name, header, signal) : '#ffffff';
  if (ground !== '#ffffff') warnings.push('What it shows is light on a transparent ground; it was put on black.');
  const decoding = decodePixels(name, header, ground, warnings);
  // Decoding cannot be stopped from outside: it ends on its own thread, and nobody waits for its result.
  const pixels = await (signal === undefined ? decoding : abortable(decoding, signal));
  const data = await toRgb(pixels, header, warnings, signal);
  return { raster: makeRaster(header.width, header.height, data), warnings, format };
}

async function toRgb(
  pixels: Uint8Array,
  { pixelKind }: ImageHeader,
  warnings: string[],
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (pixelKind === 'cmyk') return cmykToRgb(pixels, signal);
  if (pixelKind === 'lab') return labToRgb(pixels, signal);
  if (pixelKind === 'plain') return pixels;
  const { data, range } = await stretchRange(new Float32Array(pixels.buffer, pixels.byteOffset, pixels.byteLength / 4), signal);
  if (range !== undefined) warnings.push(`Its greys go from ${range.least} to ${range.most}; these were taken for black and white.`);
  return data;
}

async function decodePixels(name: string, header: ImageHeader, ground: Ground, warnings: string[]): Promise<Uint8Array> {
  try {
    return await runDecoder(header, ground, 'warning');
  } catch (strictError) {
    // Scanners write untidy TIFF headers, which the library warns about; elsewhere a warning means wrong pixels.
    const complaint = findComplaint(strictError);
    if (header.format !== 'tiff' || /corrupt|premature/i.test(complaint)) throw makeUnreadableError(name, header.format, strictError);
    try {
      const pixels = await runDecoder(header, ground, 'error');
      warnings.push(`It was read, but the TIFF decoder complained: ${complaint}.`);
      return pixels;
    } catch (error) {
      throw makeUnreadableError(name, header.format, error);
    }
  }
}

type Ground = Awaited<ReturnType<typeof chooseGround>>;

/** Pixels to the longer side that the colours are looked at with. */
const lookSide = 1024;

/** Looks at the colours in small, each pixel one of the picture's own. */
async function findGround(name: string, header: ImageHeader, signal: AbortSignal | undefined): Promise<Ground> {
  const sharp = await loadSharp();
  const { source, format, width, height, directory } = header;
  const page = format === 'tiff' ? { page: directory } : {};
  const looking = sharp(source, { ignoreIcc: true, limitInputPixels: width * height, ...page })
    .resize({ width: lookSide, height: lookSide, fit: 'inside', withoutEnlargement: true, kernel: 'nearest' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer()
    .catch((error: unknown) => {
      throw makeUnreadableError(name, format, error);
    });
  return await chooseGround(await (signal === undefined ? looking : abortable(looking, signal)), signal);
}

/** Returns [height, width, 3] RGB, 4 channels of CMYK, or 3 floating-point channels. */
async function runDecoder(
  { source, format, width, height, pixelKind, directory }: ImageHeader,
  ground: Ground,
  failOn: NonNullable<SharpOptions['failOn']>,
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const page = format === 'tiff' ? { page: directory } : {};
  const image = sharp(source, { failOn, ignoreIcc: true, autoOrient: true, limitInputPixels: width * height, ...page });
  const prepared =
    pixelKind === 'cmyk'
      ? image.pipelineColourspace('cmyk').toColourspace('cmyk') // untouched: the library's own conversion uses a press profile
      : pixelKind === 'range' || pixelKind === 'lab'
        ? image
        : image.flatten({ background: ground }).toColourspace('srgb');
  const pixels = await prepared.raw(pixelKind === 'range' ? { depth: 'float' } : {}).toBuffer();
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

/** The library repeats itself and wraps the reason in lines of its own. */
function findComplaint(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  return lines.find((line) => !/^(Warning treated|error in tile)/.test(line)) ?? String(error);
}
