/** Longest white space between two letters: encoders break lines, and some indent them. */
const maxSpaces = 100;

/** Longest head of a `data:` URL. */
const maxHeadChars = 200;

/**
 * Where the files of one body are decoded to, one after the other. Memory that is never written to is never taken, so that a length that was only claimed
 * costs nothing, and no file is copied when its length is known.
 */
export class FileMemory {
  readonly #limitBytes: number;
  #memory: Buffer | undefined;
  #used = 0;

  /** @param bodyBytes Bytes that the body has at most. */
  constructor(bodyBytes: number) {
    this.#limitBytes = Math.ceil((bodyBytes * 3) / 4) + 3;
  }

  /** Where the next byte goes. */
  get used(): number {
    return this.#used;
  }

  /** Decodes letters, whose number is divisible by four but at the end of a file. Whether there was room for them. */
  write(letters: string): boolean {
    this.#memory ??= Buffer.allocUnsafeSlow(this.#limitBytes);
    const bytes = Math.floor((letters.length * 3) / 4);
    if (this.#used + bytes > this.#limitBytes) return false;
    this.#used += this.#memory.write(letters, this.#used, 'base64');
    return true;
  }

  /** What was written from a place on. */
  since(start: number): Uint8Array {
    return this.#memory?.subarray(start, this.#used) ?? new Uint8Array(0);
  }
}

/**
 * Decodes the inside of one JSON string that is base64, or a `data:` URL of it, while its bytes arrive: with JSON's escapes, line breaks between letters, and
 * letters of either alphabet. Anything else makes the whole undefined, since a decoder that skips what it does not know makes damaged files.
 */
export class Base64Stream {
  readonly #memory: FileMemory;
  readonly #start: number;
  /** `data:image/png;base64,`, or nothing. */
  head = '';
  #isHeadRead = false;
  /** What cannot be understood without what follows: half an escape, white space, letters short of four. */
  #raw = '';
  #spaces = '';
  #letters = '';
  #padding = '';
  #isBroken = false;

  constructor(memory: FileMemory) {
    this.#memory = memory;
    this.#start = memory.used;
  }

  /** The first piece must hold the head. */
  add(bytes: Uint8Array): void {
    if (this.#isBroken) return;
    const raw = this.#raw + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const cut = /\\(?:u[\da-f]{0,3})?$/i.exec(raw)?.index ?? raw.length;
    this.#raw = raw.slice(cut);
    this.#take(raw.slice(0, cut));
  }

  /** The bytes; undefined when it was not base64, or nothing. */
  end(): Uint8Array | undefined {
    if (this.#raw !== '' || !/^$|[\r\n]/.test(this.#spaces)) this.#isBroken = true;
    if (!this.#isBroken && !this.#memory.write(this.#letters)) this.#isBroken = true;
    const bytes = this.#memory.since(this.#start);
    return this.#isBroken || bytes.length === 0 ? undefined : bytes;
  }

  #take(raw: string): void {
    const escaped = withoutEscapes(raw);
    if (escaped === undefined) {
      this.#isBroken = true;
      return;
    }
    const text = this.#spaces + this.#takeHead(escaped);
    const end = text.trimEnd().length;
    this.#spaces = text.slice(end);
    const joined = text.slice(0, end).replace(/\s*[\r\n]\s*/g, '');
    const [all, letters = '', padding = ''] = /^([A-Za-z0-9+/_-]*)(={0,2})$/.exec(joined) ?? [];
    const isBehindPadding = this.#padding !== '' && letters !== '';
    this.#padding += padding;
    if (all === undefined || isBehindPadding || this.#padding.length > 2 || this.#spaces.length > maxSpaces) {
      this.#isBroken = true;
      return;
    }
    const together = this.#letters + letters;
    const whole = together.length - (together.length % 4);
    this.#letters = together.slice(whole);
    if (!this.#memory.write(together.slice(0, whole))) this.#isBroken = true;
  }

  #takeHead(text: string): string {
    if (this.#isHeadRead) return text;
    this.#isHeadRead = true;
    if (!/^data:/i.test(text)) return text;
    const comma = text.indexOf(',');
    if (comma < 0 || comma > maxHeadChars) this.#isBroken = true;
    this.head = text.slice(0, Math.min(comma + 1, maxHeadChars));
    return text.slice(comma + 1);
  }
}

/** A piece of a JSON string without its escapes; undefined when it is none. */
function withoutEscapes(raw: string): string | undefined {
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return undefined;
  }
}
