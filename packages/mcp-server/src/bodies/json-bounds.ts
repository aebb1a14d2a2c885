import { VisionError } from '@h2ovl/contract';

/** Deepest nesting of brackets: a schema may have 64 levels, and what is around it has a few. */
const maxDepth = 100;

/** Most values, keys counted: a schema of 256 kB has some 20,000. */
const maxMarks = 100_000;

const quote = 0x22;
const backslash = 0x5c;

/** Longest key that is compared. */
const maxKeyBytes = 32;

/** What becomes of the bytes: some strings are told apart from all the rest. */
export interface JsonParts {
  /** Where they stand: keys, and `*` for any place of an array, as in `messages.*.url`. Keys that are written with escapes are not recognised. */
  readonly paths: ReadonlySet<string>;
  /** Bytes of the rest, in order, quotation marks included. */
  readonly rest: (bytes: Uint8Array) => void;
  /** Bytes of one such string, without its quotation marks and with its escapes. Called once at least. */
  readonly string: (bytes: Uint8Array) => void;
  /** It is over. */
  readonly end: () => void;
}

/**
 * Counts the brackets, commas and colons of JSON text while its bytes arrive, so that nothing is parsed that would hold the event loop: what is in strings,
 * and that is nearly all of a large body, is skipped, or given to who asks for it.
 */
export class JsonBounds {
  readonly #parts: JsonParts | undefined;
  /** For each open bracket, which part of a path what stands in it has: `*` in an array, in an object its latest key. */
  readonly #path: string[] = [];
  /** The latest string, as far as it can be a key. */
  #latest = '';
  #depth = 0;
  #marks = 0;
  #isString = false;
  #isEscaped = false;
  #isApart = false;

  constructor(parts?: JsonParts) {
    this.#parts = parts;
  }

  /** @throws INVALID_ARGUMENT for text that is nested too deep or has too many values */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const isString = this.#isString;
      const end = isString ? this.#skipString(bytes, at) : this.#takeMarks(bytes, at);
      if (this.#parts !== undefined) this.#pass(this.#parts, bytes.subarray(at, end), isString);
      at = end;
    }
  }

  #pass(parts: JsonParts, bytes: Uint8Array, isString: boolean): void {
    const isOver = isString && !this.#isString;
    if (!isString) {
      parts.rest(bytes);
      if (!this.#isString) return;
      this.#latest = '';
      this.#isApart = parts.paths.has(this.#path.join('.'));
      return;
    }
    if (this.#latest.length <= maxKeyBytes) this.#latest += Buffer.from(bytes.subarray(0, maxKeyBytes + 1)).toString('latin1');
    if (!this.#isApart) parts.rest(bytes);
    else {
      parts.string(isOver ? bytes.subarray(0, -1) : bytes);
      if (!isOver) return;
      parts.end();
      parts.rest(bytes.subarray(-1));
    }
  }

  /** From within a string to behind its end, or to the end of the bytes. */
  #skipString(bytes: Uint8Array, from: number): number {
    let at = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      at += 1;
    }
    let end = -1;
    while (at < bytes.length) {
      if (end < at) end = bytes.indexOf(quote, at);
      const stop = end === -1 ? bytes.length : end;
      const escaped = bytes.subarray(at, stop).indexOf(backslash); // no further than the string goes: there may be many of both
      if (escaped === -1) {
        if (stop === bytes.length) return bytes.length;
        this.#isString = false;
        return end + 1;
      }
      at += escaped + 2;
      if (end === -1 && at < bytes.length) end = bytes.length; // there is none: not looked for again
    }
    if (at > bytes.length) this.#isEscaped = true;
    return bytes.length;
  }

  /** Up to behind the next quotation mark. */
  #takeMarks(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === quote) {
        this.#isString = true;
        return at + 1;
      }
      if (byte === 0x5b || byte === 0x7b) {
        this.#depth += 1;
        this.#count();
        if (this.#depth > maxDepth) throw tooMuch(`is nested deeper than ${maxDepth} levels`);
        this.#path.push(byte === 0x5b ? '*' : '');
      } else if (byte === 0x5d || byte === 0x7d) {
        this.#depth -= 1;
        this.#path.pop();
      } else if (byte === 0x2c || byte === 0x3a) {
        this.#count();
        const open = this.#path.length - 1;
        if (open >= 0 && this.#path[open] !== '*') this.#path[open] = byte === 0x3a ? this.#latest.slice(0, -1) : '';
      }
    }
    return bytes.length;
  }

  #count(): void {
    this.#marks += 1;
    if (this.#marks > maxMarks) throw tooMuch(`has more than ${maxMarks} values`);
  }
}

function tooMuch(what: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `The JSON ${what}.`, {
    hint: 'Send less at once; no document and no schema needs that much.',
  });
}
