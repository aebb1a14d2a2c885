import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Colour types of PNG. */
export const pngColor = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;

const channelsByColor: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly color: number;
  readonly bitDepth: 8 | 16;
  /** Samples of all pixels, row after row. */
  readonly samples: readonly number[];
  /** Chunks before the pixels. */
  readonly chunks?: readonly Uint8Array[];
}

/** Writes a PNG, sample by sample. */
export function makePng({ width, height, color, bitDepth, samples, chunks = [] }: PngParts): Buffer {
  const perRow = width * (channelsByColor[color] ?? 0);
  const rows = Array.from({ length: height }, (_, row) => {
    const bytes = samples
      .slice(row * perRow, (row + 1) * perRow)
      .flatMap((value) => (bitDepth === 16 ? [value >> 8, value & 255] : [value]));
    return Buffer.from([0, ...bytes]);
  });
  return joinPng(width, height, bitDepth, color, chunks, deflateSync(Buffer.concat(rows)));
}

/** A PNG of black pixels that takes almost no bytes; `idat` may replace its pixels. */
export function makeBlackPng(width: number, height: number, idat: Uint8Array = deflateSync(Buffer.alloc(64))): Buffer {
  return joinPng(width, height, 8, pngColor.grey, [], idat);
}

function joinPng(width: number, height: number, bitDepth: number, color: number, chunks: readonly Uint8Array[], idat: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, color], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, pngChunk('IHDR', header), ...chunks, pngChunk('IDAT', idat), pngChunk('IEND', Buffer.alloc(0))]);
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

/** The pixels of an 8-bit RGB PNG without interlace: an independent reader, by the five filters of the PNG specification. */
export function readPngSlowly(png: Buffer): { width: number; height: number; data: Buffer } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (png.subarray(24, 29).toString('hex') !== '0802000000') throw new Error('Not 8-bit RGB without interlace.');
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const filtered = inflateSync(Buffer.concat(parts));
  const stride = width * 3;
  const data = Buffer.alloc(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = filtered[row * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x < 3 ? 0 : (data[row * stride + x - 3] ?? 0);
      const up = row === 0 ? 0 : (data[(row - 1) * stride + x] ?? 0);
      const corner = row === 0 || x < 3 ? 0 : (data[(row - 1) * stride + x - 3] ?? 0);
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      data[row * stride + x] = (filtered[row * (stride + 1) + 1 + x] ?? 0) + predicted;
    }
  }
  return { width, height, data };
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

export interface TiffParts {
  /** Grey samples of one row, the same on every page. */
  readonly row: readonly number[];
  readonly pages?: number;
  /** 32 and 64 make them floating point. */
  readonly bits?: 8 | 32 | 64;
  /** As the tag has it. @default 1, none */
  readonly compression?: number;
  /** A tag that no library knows. */
  readonly extraTag?: number;
}

/** Writes a grey TIFF of one row, uncompressed, little endian. */
export function makeTiff({ row, pages = 1, bits = 8, compression = 1, extraTag }: TiffParts): Buffer {
  const pixels = bits === 8 ? Buffer.from(row) : Buffer.from((bits === 32 ? Float32Array.from(row) : Float64Array.from(row)).buffer);
  const parts = [Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0])];
  let at = 8;
  for (let page = 0; page < pages; page += 1) {
    const entries: [number, number][] = [
      [256, row.length], // width
      [257, 1], // height
      [258, bits],
      [259, compression],
      [262, 1], // 0 is black
      [273, 0], // where the pixels are: filled in below
      [277, 1], // samples a pixel
      [278, 1], // rows a strip
      [279, pixels.length],
      [339, bits === 8 ? 1 : 3], // unsigned or floating point
      ...(extraTag === undefined ? [] : ([[extraTag, 7]] as [number, number][])),
    ];
    const folder = Buffer.alloc(2 + entries.length * 12 + 4);
    const pixelsAt = at + folder.length;
    at = pixelsAt + pixels.length;
    folder.writeUInt16LE(entries.length, 0);
    for (const [index, [tag, value]] of entries.entries()) {
      const entry = folder.subarray(2 + index * 12);
      entry.writeUInt16LE(tag, 0);
      entry.writeUInt16LE(4, 2); // type: 32-bit number
      entry.writeUInt32LE(1, 4);
      entry.writeUInt32LE(tag === 273 ? pixelsAt : value, 8);
    }
    folder.writeUInt32LE(page === pages - 1 ? 0 : at, folder.length - 4);
    parts.push(folder, pixels);
  }
  return Buffer.concat(parts);
}

/** The start of a file in the ISO container: AVIF, HEIC and their like. */
export function makeBoxFile(brand: string, ...compatible: readonly string[]): Buffer {
  const size = 16 + compatible.length * 4;
  return Buffer.concat([
    Buffer.from([0, 0, 0, size]),
    Buffer.from(`ftyp${brand}\0\0\0\0${compatible.join('')}`, 'latin1'),
    Buffer.alloc(64),
  ]);
}
