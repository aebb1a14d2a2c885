import { VisionError } from '@h2ovl/contract';
import { makePacer } from '../../tiles/make-pacer.ts';
import { makeRaster, type Raster } from '../../tiles/raster.ts';

/** What a BMP's header says. */
export interface BmpHeader {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Where the rows begin. */
  readonly pixelsAt: number;
  /** Rows go from the lower edge up, unless the height was negative. */
  readonly isTopDown: boolean;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  readonly compression: number;
  /** Where red, green and blue lie in a pixel of 16 or 32 bits. */
  readonly masks: readonly [number, number, number];
  /** [colors, 3] RGB; for pixels of up to 8 bits. */
  readonly palette: Uint8Array;
}

const [rgb, rle8, rle4, bitFields, alphaBitFields] = [0, 1, 2, 3, 6];
const pixelBits: readonly number[] = [1, 4, 8, 16, 24, 32];

/** Reads the header of a Windows or OS/2 bitmap. @throws VisionError IMAGE_UNREADABLE, IMAGE_UNSUPPORTED */
export function readBmpHeader(bytes: Uint8Array, name: string): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) throw damaged(name, 'its header is cut off');
  const headerBytes = view.getUint32(14, true);
  const isOs2 = headerBytes === 12;
  if (!isOs2 && (headerBytes < 40 || bytes.length < 14 + 40)) throw damaged(name, `its header claims ${headerBytes} bytes`);
  const width = isOs2 ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isOs2 ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOs2 ? 24 : 28, true);
  const compression = isOs2 ? rgb : view.getUint32(30, true);
  if (width < 1 || signedHeight === 0) throw damaged(name, `its size is ${width} x ${signedHeight}`);
  const isPossible =
    pixelBits.includes(bits) &&
    (compression === rgb ||
      (compression === rle8 && bits === 8) ||
      (compression === rle4 && bits === 4) ||
      ((compression === bitFields || compression === alphaBitFields) && (bits === 16 || bits === 32)));
  if (!isPossible) {
    throw new VisionError('IMAGE_UNSUPPORTED', `${name} is a BMP of ${bits} bits a pixel, compression ${compression}, which is not read.`, {
      hint: 'Save it as PNG.',
    });
  }
  const hasMasks = compression === bitFields || compression === alphaBitFields;
  if (hasMasks && bytes.length < 66) throw damaged(name, 'its color masks are cut off');
  const masks: readonly [number, number, number] = hasMasks
    ? [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)]
    : bits === 16
      ? [0x7c00, 0x03e0, 0x001f]
      : [0xff0000, 0xff00, 0xff];
  const paletteAt = 14 + headerBytes + (hasMasks && headerBytes === 40 ? (compression === alphaBitFields ? 16 : 12) : 0);
  const colors = isOs2 ? 0 : view.getUint32(46, true);
  // Files of OS/2 do not say how many colors there are: they end where the pixels begin.
  const room = Math.floor((view.getUint32(10, true) - paletteAt) / (isOs2 ? 3 : 4));
  const palette =
    bits <= 8
      ? readPalette(bytes, paletteAt, isOs2 ? 3 : 4, Math.max(0, Math.min(colors || 2 ** bits, 2 ** bits, room)), name)
      : new Uint8Array();
  return {
    width,
    height: Math.abs(signedHeight),
    pixelsAt: view.getUint32(10, true),
    isTopDown: signedHeight < 0,
    bits: bits as BmpHeader['bits'],
    compression,
    masks,
    palette,
  };
}

function readPalette(bytes: Uint8Array, at: number, entryBytes: number, colors: number, name: string): Uint8Array {
  if (at + colors * entryBytes > bytes.length) throw damaged(name, 'its colors are cut off');
  const palette = new Uint8Array(colors * 3);
  for (let color = 0; color < colors; color += 1) {
    for (let channel = 0; channel < 3; channel += 1) palette[color * 3 + channel] = bytes[at + color * entryBytes + 2 - channel] as number;
  }
  return palette;
}

/** Decodes the pixels. Gives other work a turn about every 8 ms. @throws VisionError IMAGE_UNREADABLE; the signal's reason when aborted */
export async function readBmp(bytes: Uint8Array, header: BmpHeader, name: string, signal?: AbortSignal): Promise<Raster> {
  const { width, height, isTopDown, compression } = header;
  const isRunLength = compression === rle8 || compression === rle4;
  const indices = isRunLength ? await unpackRuns(bytes, header, name, signal) : undefined;
  const rowBytes = Math.ceil((width * header.bits) / 32) * 4;
  if (indices === undefined && header.pixelsAt + rowBytes * height > bytes.length) throw damaged(name, 'its pixels are cut off');
  const pacer = makePacer(signal);
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row += 1) {
    const target = (isTopDown ? row : height - 1 - row) * width * 3;
    if (indices !== undefined) paintIndices(indices.subarray(row * width, (row + 1) * width), header.palette, data, target);
    else paintRow(bytes.subarray(header.pixelsAt + row * rowBytes, header.pixelsAt + (row + 1) * rowBytes), header, data, target);
    if (pacer.isDue()) await pacer.pause();
  }
  return makeRaster(width, height, data);
}

function paintRow(row: Uint8Array, { width, bits, masks, palette }: BmpHeader, data: Uint8Array, target: number): void {
  if (bits === 24) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) data[target + x * 3 + channel] = row[x * 3 + 2 - channel] as number;
    }
    return;
  }
  if (bits <= 8) {
    const indices = new Uint8Array(width);
    for (let x = 0; x < width; x += 1) indices[x] = ((row[(x * bits) >> 3] as number) >> (8 - bits - ((x * bits) & 7))) & (2 ** bits - 1);
    paintIndices(indices, palette, data, target);
    return;
  }
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  for (let x = 0; x < width; x += 1) {
    const pixel = bits === 16 ? view.getUint16(x * 2, true) : view.getUint32(x * 4, true);
    for (const [channel, mask] of masks.entries()) data[target + x * 3 + channel] = throughMask(pixel, mask);
  }
}

function paintIndices(indices: Uint8Array, palette: Uint8Array, data: Uint8Array, target: number): void {
  for (let x = 0; x < indices.length; x += 1) {
    const color = (indices[x] as number) * 3;
    for (let channel = 0; channel < 3; channel += 1) data[target + x * 3 + channel] = palette[color + channel] ?? 0;
  }
}

/** The bits under the mask, brought to 0..255. */
function throughMask(pixel: number, mask: number): number {
  if (mask === 0) return 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return Math.round((((pixel & mask) >>> shift) * 255) / most);
}

/** Runs of one color, and stretches of single ones; what is skipped keeps color 0. */
async function unpackRuns(bytes: Uint8Array, header: BmpHeader, name: string, signal?: AbortSignal): Promise<Uint8Array> {
  const { width, height, compression } = header;
  const isNibbles = compression === rle4;
  const pacer = makePacer(signal);
  const indices = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, header.pixelsAt];
  const put = (value: number): void => {
    if (x < width && y < height) indices[y * width + x] = value;
    x += 1;
  };
  for (;;) {
    if (at + 1 >= bytes.length) throw damaged(name, 'its pixels are cut off');
    const [count, value] = [bytes[at] as number, bytes[at + 1] as number];
    at += 2;
    if (count > 0) for (let index = 0; index < count; index += 1) put(isNibbles ? (index % 2 === 0 ? value >> 4 : value & 15) : value);
    else if (value === 1) return indices;
    else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 2) {
      if (at + 1 >= bytes.length) throw damaged(name, 'its pixels are cut off');
      [x, y] = [x + (bytes[at] as number), y + (bytes[at + 1] as number)];
      at += 2;
    } else {
      const stretch = isNibbles ? Math.ceil(value / 2) : value;
      if (at + stretch > bytes.length) throw damaged(name, 'its pixels are cut off');
      for (let index = 0; index < value; index += 1) {
        const byte = bytes[at + (isNibbles ? index >> 1 : index)] as number;
        put(isNibbles ? (index % 2 === 0 ? byte >> 4 : byte & 15) : byte);
      }
      at += stretch + (stretch & 1);
    }
    if (pacer.isDue()) await pacer.pause();
  }
}

function damaged(name: string, why: string): VisionError {
  return new VisionError('IMAGE_UNREADABLE', `${name} begins as a BMP image, but is damaged or cut off: ${why}.`, {
    hint: 'Get the file again from where it came, or save it anew as PNG.',
  });
}
