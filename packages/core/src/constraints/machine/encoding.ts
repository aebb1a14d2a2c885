/**
 * The inside of a JSON string, byte by byte: UTF-8 and escapes on one side, code points on the other. Between two characters the state is `idle`;
 * within one it is a number above all code points, its kind in the upper bits and what was read so far in the lower ones.
 */
export const idle = 0;

const kindSize = 0x1000000; // above the largest code point, and room for 24 bits of value

// Of a UTF-8 sequence: how long it is and how many bytes are missing.
const two1 = 1;
const three2 = 2; // 3: three bytes, one missing
const four3 = 4; // 5: two missing
const four1 = 6;
const backslash = 7;
const hex0 = 8; // hex0 to hex3: after \u and that many digits
/** A first half of a surrogate pair was read as an escape; the same with the backslash of the next, and with its \u and digits. */
const high = 12;
const highBackslash = 13;
const highHex0 = 14;

const smallest = [0, 0x80, 0x800, 0x800, 0x10000, 0x10000, 0x10000];
const missing = [0, 1, 2, 1, 3, 2, 1];

const shortEscapes = new Map<number, number>(
  Object.entries({ b: 8, t: 9, n: 10, f: 12, r: 13, '"': 34, '\\': 92 }).map(([c, code]) => [c.charCodeAt(0), code]),
);
const shortCodes = new Set(shortEscapes.values());

const pack = (kind: number, value: number): number => kind * kindSize + value;
const kindOf = (encoding: number): number => Math.floor(encoding / kindSize);
const bitsOf = (encoding: number): number => encoding % kindSize;

export const isPartial = (encoding: number): boolean => encoding >= kindSize;

/** A first half of a surrogate pair that may still stay alone: its code point, or -1. */
export function loneHigh(encoding: number): number {
  const kind = kindOf(encoding);
  return kind === high || kind === highBackslash ? 0xd800 + bitsOf(encoding) : -1;
}

/** Where reading goes on when such a half stays alone. */
export function afterLoneHigh(encoding: number): number {
  return kindOf(encoding) === high ? idle : pack(backslash, 0);
}

/**
 * Reads one byte. The result is a code point that is now complete, or a state within one (`isPartial`), or -1 when the byte cannot stand here.
 * `canonical`: only the spelling that `JSON.stringify` writes. The closing quote is the caller's.
 */
export function readByte(encoding: number, byte: number, canonical: boolean): number {
  if (encoding === idle) return readFirst(byte, canonical);
  const kind = kindOf(encoding);
  const value = bitsOf(encoding);
  if (kind <= four1) return readContinuation(kind, value, byte);
  if (kind === backslash) return readEscaped(byte, canonical);
  if (kind < high) return readDigit(kind, value, byte, canonical);
  if (kind === high) return byte === 0x5c ? pack(highBackslash, value) : -1;
  if (kind === highBackslash) return byte === 0x75 ? pack(highHex0, value * 0x1000) : -1;
  return readLowDigit(kind, value, byte);
}

function readFirst(byte: number, canonical: boolean): number {
  if (byte === 0x5c) return pack(backslash, 0);
  if (byte < 0x20 || byte === 0x22) return -1;
  if (byte < 0x80) return byte;
  if (byte < 0xc2 || byte > 0xf4) return -1;
  const kind = byte < 0xe0 ? two1 : byte < 0xf0 ? three2 : four3;
  const partial = pack(kind, byte & (kind === two1 ? 0x1f : kind === three2 ? 0x0f : 0x07));
  return rangesOf(partial, canonical).length > 0 ? partial : -1;
}

function readContinuation(kind: number, value: number, byte: number): number {
  if (byte < 0x80 || byte > 0xbf) return -1;
  const next = value * 64 + (byte & 0x3f);
  if (missing[kind] !== 1) {
    const partial = pack(kind + 1, next);
    return rangesOf(partial, true).length > 0 ? partial : -1;
  }
  return next < (smallest[kind] as number) || next > 0x10ffff || (next >= 0xd800 && next <= 0xdfff) ? -1 : next;
}

function readEscaped(byte: number, canonical: boolean): number {
  if (byte === 0x75) return pack(hex0, 0);
  if (byte === 0x2f) return canonical ? -1 : byte;
  return shortEscapes.get(byte) ?? -1;
}

function readDigit(kind: number, value: number, byte: number, canonical: boolean): number {
  const digit = hexDigit(byte, canonical);
  if (digit < 0) return -1;
  const next = value * 16 + digit;
  if (kind < hex0 + 3) {
    const partial = pack(kind + 1, next);
    return rangesOf(partial, canonical).length > 0 ? partial : -1;
  }
  if (canonical) return next < 0x20 && !shortCodes.has(next) ? next : -1;
  return next >= 0xd800 && next <= 0xdbff ? pack(high, next - 0xd800) : next;
}

/** The upper bits hold the first half; the second must make a pair with it. */
function readLowDigit(kind: number, value: number, byte: number): number {
  const digit = hexDigit(byte, false);
  if (digit < 0) return -1;
  const first = Math.floor(value / 0x1000);
  const low = (value % 0x1000) * 16 + digit;
  const count = kind - highHex0 + 1;
  const isPair = count === 1 ? low === 0xd : count === 2 ? low >= 0xdc && low <= 0xdf : true;
  if (!isPair) return -1;
  if (count < 4) return pack(kind + 1, first * 0x1000 + low);
  return 0x10000 + first * 0x400 + (low - 0xdc00);
}

function hexDigit(byte: number, lowerOnly: boolean): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  return !lowerOnly && byte >= 0x41 && byte <= 0x46 ? byte - 0x37 : -1;
}

const escapable = [0, 0x1f, 0x22, 0x22, 0x5c, 0x5c]; // what JSON.stringify writes with a backslash
const spelledOut = [0, 7, 11, 11, 14, 0x1f]; // and of it, what has no short escape

/** The code points that may come out of a state within one, as ranges: `[low, high, low, high, ...]`. */
export function rangesOf(encoding: number, canonical: boolean): readonly number[] {
  const kind = kindOf(encoding);
  const value = bitsOf(encoding);
  if (kind <= four1) return clipUtf8(value * 64 ** (missing[kind] as number), 64 ** (missing[kind] as number), smallest[kind] as number);
  if (kind === backslash) return canonical ? escapable : [0, 0x10ffff];
  if (kind < high) {
    const width = 16 ** (4 - (kind - hex0));
    // With a second escape behind it, a first half of a pair may become any of the upper code points.
    const reach = value * width <= 0xdbff && value * width + width > 0xd800 ? [0x10000, 0x10ffff] : [];
    return canonical
      ? intersect(spelledOut, value * width, value * width + width - 1)
      : [value * width, value * width + width - 1, ...reach];
  }
  if (kind < highHex0) return [0x10000 + value * 0x400, 0x10000 + value * 0x400 + 0x3ff];
  const first = Math.floor(value / 0x1000);
  return [0x10000 + first * 0x400, 0x10000 + first * 0x400 + 0x3ff];
}

function clipUtf8(start: number, width: number, least: number): readonly number[] {
  const low = Math.max(start, least);
  const end = Math.min(start + width - 1, 0x10ffff);
  if (low > end) return [];
  if (end < 0xd800 || low > 0xdfff) return [low, end];
  return [...(low < 0xd800 ? [low, 0xd7ff] : []), ...(end > 0xdfff ? [0xe000, end] : [])];
}

function intersect(ranges: readonly number[], low: number, end: number): readonly number[] {
  const result: number[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    const from = Math.max(ranges[index] as number, low);
    const to = Math.min(ranges[index + 1] as number, end);
    if (from <= to) result.push(from, to);
  }
  return result;
}

export const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
