import type { PageDpi } from '@h2ovl/contract';
import { TiffReader } from '../tiff/tiff-reader.ts';

const centimetresPerInch = 2.54;
const metresPerInch = 0.0254;

/** Below it no print can be read, above it no scanner goes. */
const [leastDpi, mostDpi] = [70, 2_400];
/** A fax has 204 pixels an inch across and 98 down; nothing real is less square. */
const mostUneven = 2.5;
/** What cameras and programs write where they do not know: it is believed of no page whose longer side is longer than that of A3. */
const defaultDpis: readonly number[] = [72, 96];
const mostInchesByDefault = 17;

/**
 * The first of several statements that can be true of a picture of that size: 70 to 2,400 pixels an inch, no more than 2.5 times as many one way as the
 * other, and 72 or 96 only where that makes the page no larger than A3. Undefined where none can be.
 */
export function believableDpi(
  size: { readonly width: number; readonly height: number },
  statements: readonly (PageDpi | undefined)[],
): PageDpi | undefined {
  return statements.find((dpi) => dpi !== undefined && isBelievable(size, dpi));
}

function isBelievable({ width, height }: { readonly width: number; readonly height: number }, { x, y }: PageDpi): boolean {
  const [low, high] = [Math.min(x, y), Math.max(x, y)];
  if (!(low >= leastDpi && high <= mostDpi && high / low <= mostUneven)) return false;
  const isDefault = x === y && defaultDpis.includes(Math.round(x));
  return !isDefault || Math.max(width / x, height / y) <= mostInchesByDefault;
}

/** What a PNG says in `pHYs`, whose one unit is the metre. */
export function pngDpi(bytes: Uint8Array): PageDpi | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { type, at, length } of pngChunks(view)) {
    if (type === chunkType('IDAT')) return undefined;
    if (type !== chunkType('pHYs')) continue;
    if (length < 9 || at + 9 > bytes.length || view.getUint8(at + 8) !== 1) return undefined;
    return { x: view.getUint32(at) * metresPerInch, y: view.getUint32(at + 4) * metresPerInch };
  }
  return undefined;
}

/** More chunks than any real file has before its pixels; a hostile one could hold millions. */
const maxPngChunks = 1_000;

/** The first chunks of a PNG: `at` is where the data begins, which may lie outside a file that was cut off. */
export function* pngChunks(view: DataView): Iterable<{ readonly type: number; readonly at: number; readonly length: number }> {
  let at = 8;
  for (let chunk = 0; chunk < maxPngChunks && at + 12 <= view.byteLength; chunk += 1) {
    const length = view.getUint32(at);
    yield { type: view.getUint32(at + 4), at: at + 8, length };
    at += 12 + length;
  }
}

/** Four letters as the number that stands for them. */
export function chunkType(name: string): number {
  return Buffer.from(name, 'latin1').readUInt32BE();
}

/** What a JPEG says in its JFIF header. */
export function jfifDpi(bytes: Uint8Array): PageDpi | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Segments of application data come before all others.
  for (let at = 2; at + 18 <= bytes.length && (view.getUint16(at) & 0xfff0) === 0xffe0; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint16(at) !== 0xffe0 || view.getUint32(at + 4) !== chunkType('JFIF')) continue;
    return inInches(view.getUint8(at + 11), { inch: 1, centimetre: 2 }, { x: view.getUint16(at + 12), y: view.getUint16(at + 14) });
  }
  return undefined;
}

const exifMark = 'Exif\0\0';

/** What EXIF data says: a TIFF without pixels, with or without its mark before it. */
export function exifDpi(exif: Uint8Array | undefined): PageDpi | undefined {
  if (exif === undefined) return undefined;
  const hasMark = Buffer.from(exif.subarray(0, exifMark.length)).toString('latin1') === exifMark;
  return tiffDpi(hasMark ? exif.subarray(exifMark.length) : exif, 0);
}

/** What a directory of a TIFF says. @param directory its number, from 0 */
export function tiffDpi(bytes: Uint8Array, directory: number): PageDpi | undefined {
  const entry = TiffReader.open(bytes)?.directory(directory);
  const [x, y] = [entry?.fraction(282), entry?.fraction(283)];
  return x === undefined || y === undefined ? undefined : inInches(entry?.number(296) ?? 2, { inch: 2, centimetre: 3 }, { x, y });
}

/** What a Windows bitmap says: pixels a metre, 0 where nothing is known. */
export function bmpDpi(bytes: Uint8Array): PageDpi | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 46 || view.getUint32(14, true) < 40) return undefined;
  return { x: view.getInt32(38, true) * metresPerInch, y: view.getInt32(42, true) * metresPerInch };
}

/** Undefined for other units: the two numbers then say only how they are to each other. */
function inInches(unit: number, units: { readonly inch: number; readonly centimetre: number }, { x, y }: PageDpi): PageDpi | undefined {
  if (unit === units.inch) return { x, y };
  return unit === units.centimetre ? { x: x * centimetresPerInch, y: y * centimetresPerInch } : undefined;
}
