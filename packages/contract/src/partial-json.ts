const maxDepth = 200; // deeper than any real document, shallow enough for the call stack

/**
 * The value of a JSON text that may be cut off anywhere; undefined when nothing is known yet, or the text is not JSON.
 * A cut string is kept as far as it goes; a cut number, literal or key is left out, since it may still become another one.
 */
export function parsePartialJson(text: string): unknown {
  try {
    return new PartialReader(text).read();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class NotJson extends Error {}

class PartialReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    return this.#readValue(0);
  }

  #readValue(depth: number): unknown {
    if (depth > maxDepth) throw new NotJson();
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === undefined) return undefined;
    if (first === '{') return this.#readObject(depth);
    if (first === '[') return this.#readArray(depth);
    if (first === '"') return this.#readString().value;
    return this.#readScalar();
  }

  #readObject(depth: number): Readonly<Record<string, unknown>> {
    const entries: [string, unknown][] = [];
    this.#at += 1;
    for (;;) {
      this.#skip(',');
      if (this.#isDone('}')) break;
      if (this.#text[this.#at] !== '"') throw new NotJson();
      const key = this.#readString();
      if (!key.isWhole || !this.#skip(':')) break; // cut off inside or right after the key
      const value = this.#readValue(depth + 1);
      if (value === undefined) break;
      entries.push([key.value, value]);
    }
    return Object.fromEntries(entries); // defines `__proto__` as an ordinary key
  }

  #readArray(depth: number): readonly unknown[] {
    const items: unknown[] = [];
    this.#at += 1;
    for (;;) {
      this.#skip(',');
      if (this.#isDone(']')) break;
      const value = this.#readValue(depth + 1);
      if (value === undefined) break;
      items.push(value);
    }
    return items;
  }

  #readString(): { readonly value: string; readonly isWhole: boolean } {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      if (this.#text[at] === '\\') at += 1;
      else if (this.#text[at] === '"') {
        this.#at = at + 1;
        return { value: decode(this.#text.slice(start, at + 1)), isWhole: true };
      }
    }
    this.#at = this.#text.length;
    // An escape that is still being written is cut away before decoding, half a surrogate pair after it.
    const whole = this.#text.slice(start).replace(/(?<!\\)((?:\\\\)*)\\(?:u[\da-f]{0,3})?$/i, '$1');
    return { value: decode(`${whole}"`).replace(/[\ud800-\udbff]$/, ''), isWhole: false };
  }

  #readScalar(): unknown {
    const word = /[^\s,\]}]*/y;
    word.lastIndex = this.#at;
    const found = word.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    if (this.#at >= this.#text.length && !['true', 'false', 'null'].includes(found)) {
      if (/^-?[\d.eE+-]*$/.test(found) || ['true', 'false', 'null'].some((literal) => literal.startsWith(found))) return undefined;
    }
    return decode(found);
  }

  /** Whether the list ended, by its bracket or with the text. */
  #isDone(bracket: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== bracket) return this.#at >= this.#text.length;
    this.#at += 1;
    return true;
  }

  #skip(mark: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && ' \t\n\r'.includes(this.#text[this.#at] ?? '')) this.#at += 1;
  }
}

function decode(text: string): string {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotJson();
  }
}
