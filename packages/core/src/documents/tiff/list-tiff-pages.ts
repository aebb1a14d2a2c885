import { VisionError } from '@h2ovl/contract';
import { TiffReader } from './tiff-reader.ts';

/** One page of a TIFF. */
export interface TiffPage {
  /** Number of its directory in the file, counted from 0: smaller copies of a page have directories of their own. */
  readonly directory: number;
  /** Pixels, before any turn. */
  readonly width: number;
  /** Pixels, before any turn. */
  readonly height: number;
  /** Why this page cannot be read, though others may be. */
  readonly refusal?: VisionError;
}

/** More directories than any scan has; each costs a look. */
const maxDirectories = 50_000;

const readCompressions: Readonly<Record<number, string>> = {
  1: 'none',
  2: 'CCITT modified Huffman',
  3: 'CCITT G3',
  4: 'CCITT G4',
  5: 'LZW',
  7: 'JPEG',
  8: 'Deflate',
  32773: 'PackBits',
  32946: 'Deflate',
  50001: 'WebP',
};

const unreadCompressions: Readonly<Record<number, string>> = {
  6: 'JPEG of the old kind',
  9: 'JBIG',
  10: 'JBIG',
  32766: 'NeXT',
  32771: 'CCITT RLE, word-aligned',
  32809: 'ThunderScan',
  34661: 'JBIG',
  34676: 'SGI LogLuv',
  34677: 'SGI LogLuv',
  34712: 'JPEG 2000',
  33003: 'JPEG 2000',
  33004: 'JPEG 2000',
  33005: 'JPEG 2000',
  34887: 'LERC',
  34892: 'lossy JPEG of DNG',
  34925: 'LZMA',
  50000: 'Zstandard',
  50002: 'JPEG XL',
};

/** The pages of a TIFF that can be found, and what is wrong with the rest. */
export interface TiffPages {
  readonly pages: readonly TiffPage[];
  readonly warnings: readonly string[];
  /** The file as a decoder can read it: where the chain of directories breaks, a copy in which it ends before. */
  readonly bytes: Uint8Array;
}

/**
 * The pages of a TIFF, by its directories alone. Previews, masks and the smaller levels of a pyramid are no pages. Where the chain of directories
 * breaks, the pages before that count, with a warning. A page whose compression is not read is refused by its name, and only that page.
 * @throws VisionError IMAGE_UNREADABLE (no page at all)
 */
export function listTiffPages(bytes: Uint8Array, name: string): TiffPages {
  const reader = TiffReader.open(bytes);
  if (reader === undefined) throw damaged(name, 'its header is cut off');
  const pages: (TiffPage & { readonly isTiled: boolean })[] = [];
  const seen = new Set<number>();
  let place = reader.firstDirectory;
  let placeAt = 0;
  for (let directory = 0; place !== 0; directory += 1) {
    const entry = seen.has(place) || directory >= maxDirectories ? undefined : reader.readDirectory(place);
    if (entry === undefined) {
      if (pages.length === 0) throw damaged(name, 'its first directory lies outside the file');
      const fault = seen.has(place)
        ? 'leads back to an earlier one'
        : directory >= maxDirectories
          ? 'is one too many'
          : 'lies outside the file';
      const warning = `${name} is damaged: the directory after page ${pages.length} ${fault}; what followed is lost.`;
      const ended = new Uint8Array(bytes); // not slice(), which shares the memory of a Buffer
      ended.fill(0, placeAt, placeAt + reader.placeBytes);
      return { pages, warnings: [warning], bytes: ended };
    }
    seen.add(place);
    place = entry.next;
    placeAt = entry.nextAt;
    const { width, height } = { width: entry.number(256), height: entry.number(257) };
    if (width === undefined || height === undefined || width === 0 || height === 0)
      throw damaged(name, `directory ${directory + 1} states no size`);
    const page = { directory, width, height, isTiled: entry.number(322) !== undefined };
    const subtype = entry.number(254) ?? (entry.number(255) === 2 ? 1 : 0);
    if ((subtype & reducedOrMask) !== 0 || isSmallerLevel(page, pages.at(-1), subtype)) continue;
    const refusal = refuseCompression(name, directory, entry.number(259) ?? 1) ?? refuseBits(name, directory, entry.number(258) ?? 1);
    pages.push(refusal === undefined ? page : { ...page, refusal });
  }
  if (pages.length === 0) throw damaged(name, 'it has no page');
  return { pages, warnings: [], bytes };
}

const reducedOrMask = 0b101;

/** Pyramids that do not mark their levels: tiles, and each side half of the level before, rounded either way. */
function isSmallerLevel(
  page: { readonly width: number; readonly height: number; readonly isTiled: boolean },
  full: { readonly width: number; readonly height: number; readonly isTiled: boolean } | undefined,
  subtype: number,
): boolean {
  if (full === undefined || !page.isTiled || !full.isTiled || subtype !== 0) return false;
  for (let level = 1; level <= 24; level += 1) {
    const factor = 2 ** level;
    if (isPart(page.width, full.width, factor) && isPart(page.height, full.height, factor)) return true;
  }
  return false;
}

function isPart(side: number, fullSide: number, factor: number): boolean {
  return side === Math.max(1, Math.floor(fullSide / factor)) || side === Math.ceil(fullSide / factor);
}

function refuseCompression(name: string, directory: number, compression: number): VisionError | undefined {
  if (readCompressions[compression] !== undefined) return undefined;
  const known = unreadCompressions[compression];
  return new VisionError(
    'IMAGE_UNSUPPORTED',
    `${name} is a TIFF compressed by ${known ?? `method ${compression}`} (directory ${directory + 1}), which is not read.`,
    { hint: 'Save it with LZW or Deflate compression.' },
  );
}

function refuseBits(name: string, directory: number, bits: number): VisionError | undefined {
  if (bits <= 32) return undefined;
  return new VisionError(
    'IMAGE_UNSUPPORTED',
    `${name} is a TIFF of ${bits} bits a channel (directory ${directory + 1}), which is not read.`,
    {
      hint: 'Save it with 8 or 16 bits a channel.',
    },
  );
}

function damaged(name: string, why: string): VisionError {
  return new VisionError('IMAGE_UNREADABLE', `${name} begins as TIFF, but is damaged or cut off: ${why}.`, {
    hint: 'Get the file again from where it came, or save it anew as PNG.',
  });
}
