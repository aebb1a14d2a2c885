const replacement = '\ufffd';

/**
 * Joins bytes that come one at a time into characters, as SentencePiece does: a byte that can belong to no character becomes one U+FFFD,
 * and reading goes on with the byte after it. (TextDecoder would give one U+FFFD for a whole cut-off sequence.)
 */
export class Utf8Assembler {
  /** The bytes of a character that is not complete: at most three between calls. */
  readonly #pending: number[] = [];

  /** Text that this byte completes: none while the character is unfinished, several characters where earlier bytes turn out to be wrong. */
  push(byte: number): string {
    this.#pending.push(byte);
    return this.#take(false);
  }

  /** What the unfinished bytes come to when nothing follows: one U+FFFD each. */
  flush(): string {
    return this.#take(true);
  }

  #take(isEnd: boolean): string {
    const pending = this.#pending;
    let text = '';
    while (pending.length > 0) {
      const length = sequenceLength(pending[0] as number);
      const isBroken = length === 0 || pending.slice(1, length).some((byte) => (byte & 0xc0) !== 0x80);
      if (!isBroken && pending.length < length && !isEnd) break;
      const codePoint = isBroken || pending.length < length ? undefined : readCodePoint(pending, length);
      text += codePoint === undefined ? replacement : String.fromCodePoint(codePoint);
      pending.splice(0, codePoint === undefined ? 1 : length);
    }
    return text;
  }
}

/** How many bytes a character has that starts with this one; 0 when none does. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf8 ? 4 : 0;
}

const smallestOfLength = [0, 0, 0x80, 0x800, 0x10000]; // shorter spellings of a character are not UTF-8

function readCodePoint(bytes: readonly number[], length: number): number | undefined {
  const first = bytes[0] as number;
  let codePoint = length === 1 ? first : first & (0x7f >> length);
  for (let i = 1; i < length; i += 1) codePoint = (codePoint << 6) | ((bytes[i] as number) & 0x3f);
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  return codePoint < (smallestOfLength[length] as number) || codePoint > 0x10ffff || isSurrogate ? undefined : codePoint;
}
