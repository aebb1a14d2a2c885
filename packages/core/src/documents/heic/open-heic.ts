import { type PagePixels, VisionError } from '@h2ovl/contract';
import type { DecodedDocument } from '../decoder/decoder-protocol.ts';
import { checkPixelCount } from '../image-limits.ts';

export interface OpenHeicOptions {
  readonly name: string;
  readonly maxPixels: number;
}

/** The part of `libheif-js` that is used. */
interface Libheif {
  readonly HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] };
}

interface HeifImage {
  get_width(): number;
  get_height(): number;
  is_primary(): boolean;
  display(target: { data: Uint8ClampedArray; width: number; height: number }, done: (filled: object | null) => void): void;
}

/** The package that decodes HEIC: under the LGPL, for a patented codec, so that whoever needs it installs it. */
const packageName: string = 'libheif-js';

/**
 * Opens a HEIC photo in this process, which is not the caller's: its primary picture, turned as it should be.
 * @throws VisionError DECODER_UNAVAILABLE, IMAGE_UNREADABLE, IMAGE_TOO_LARGE
 */
export async function openHeic(bytes: Uint8Array, { name, maxPixels }: OpenHeicOptions): Promise<DecodedDocument> {
  const { HeifDecoder } = await loadLibheif(name);
  const images = new HeifDecoder().decode(bytes);
  const image = images.find((candidate) => candidate.is_primary()) ?? images[0];
  if (image === undefined) {
    throw new VisionError('IMAGE_UNREADABLE', `${name} begins as a HEIC photo, but is damaged or cut off: it holds no picture.`, {
      hint: 'Get the file again from where it came, or save it as JPEG.',
    });
  }
  const [width, height] = [image.get_width(), image.get_height()];
  checkPixelCount(name, width, height, maxPixels);
  const warnings = images.length > 1 ? [`${name} holds ${images.length} pictures; only its primary one was read.`] : [];
  return {
    pageCount: 1,
    warnings: [],
    page: () => ({ unit: 'px', width, height }),
    render: async (): Promise<PagePixels> => ({ width, height, data: await decodePixels(image, width, height, name), warnings }),
    text: () => undefined,
  };
}

async function loadLibheif(name: string): Promise<Libheif> {
  try {
    const module = (await import(`${packageName}/wasm-bundle.js`)) as { readonly default: Libheif }; // it has no map of exports: the ending belongs to it
    return module.default;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    throw new VisionError(
      'DECODER_UNAVAILABLE',
      `${name} is a HEIC photo, and its decoder ${isMissing ? 'is not installed' : `cannot be loaded: ${(cause as Error).message}`}.`,
      { hint: `Install the package ${packageName} beside h2ovl (npm install ${packageName}), or save the photo as JPEG.`, cause },
    );
  }
}

async function decodePixels(image: HeifImage, width: number, height: number, name: string): Promise<Uint8Array> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  const filled = await new Promise<object | null>((resolve) => image.display({ data: rgba, width, height }, resolve));
  if (filled === null) {
    throw new VisionError('IMAGE_UNREADABLE', `${name} begins as a HEIC photo, but is damaged or cut off.`, {
      hint: 'Get the file again from where it came, or save it as JPEG.',
    });
  }
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const alpha = (rgba[pixel * 4 + 3] as number) / 255;
    for (let channel = 0; channel < 3; channel += 1) {
      rgb[pixel * 3 + channel] = Math.round(255 + ((rgba[pixel * 4 + channel] as number) - 255) * alpha);
    }
  }
  return rgb;
}
