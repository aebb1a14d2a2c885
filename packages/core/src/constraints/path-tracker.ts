/** A place in a JSON value: names and indices from the root. */
export type ValuePath = readonly (string | number)[];

interface Level {
  key: string | number;
  readonly isArray: boolean;
  readonly names: string[];
  isEmpty: boolean;
}

/** What ended with a byte. */
export interface Ended {
  /** A number; it ended before the byte. */
  readonly number?: { readonly text: string; readonly path: ValuePath } | undefined;
  /** A list or an object, with its entries or members, and the names of these. */
  readonly closed?: { readonly path: ValuePath; readonly count: number; readonly names: readonly string[] } | undefined;
}

const quote = 0x22;
const backslash = 0x5c;

/** Follows the path through a JSON text that is known to be right, byte by byte. */
export class PathTracker {
  readonly #levels: Level[] = [];
  #text: number[] | undefined;
  #isEscaped = false;
  #isName = false;
  #number = '';

  /** The value that is being read. */
  current(): ValuePath {
    return this.#levels.map(({ key }) => key);
  }

  /** Brackets that are open. */
  get depth(): number {
    return this.#levels.length;
  }

  read(byte: number): Ended {
    if (this.#text !== undefined) {
      this.#readText(byte, this.#text);
      return {};
    }
    const character = String.fromCharCode(byte);
    const number = this.#endNumber(character);
    const level = this.#levels.at(-1);
    if (character === '}' || character === ']') {
      this.#levels.pop();
      const { key, isArray, isEmpty, names } = level as Level; // the text is right
      const count = isEmpty ? 0 : isArray ? (key as number) + 1 : names.length;
      return { number, closed: { path: this.current(), count, names } };
    }
    if (level !== undefined && !/\s/.test(character)) level.isEmpty = false;
    if (character === '"') this.#text = [];
    else if (character === '{' || character === '[') this.#open(character === '[');
    else if (character === ',' && level !== undefined) this.#next(level);
    else if (/[-+.\deE]/.test(character) && (this.#number !== '' || /[-\d]/.test(character))) this.#number += character;
    return { number };
  }

  #endNumber(character: string): Ended['number'] {
    if (this.#number === '' || /[-+.\deE]/.test(character)) return undefined;
    const text = this.#number;
    this.#number = '';
    return { text, path: this.current() };
  }

  #open(isArray: boolean): void {
    this.#levels.push({ key: isArray ? 0 : '', isArray, names: [], isEmpty: true });
    this.#isName = !isArray;
  }

  #next(level: Level): void {
    if (typeof level.key === 'number') level.key += 1;
    this.#isName = !level.isArray;
  }

  #readText(byte: number, text: number[]): void {
    if (byte !== quote || this.#isEscaped) {
      this.#isEscaped = byte === backslash && !this.#isEscaped;
      text.push(byte);
      return;
    }
    this.#text = undefined;
    const level = this.#levels.at(-1);
    if (!this.#isName || level === undefined) return;
    const name = JSON.parse(`"${Buffer.from(text).toString()}"`) as string;
    level.key = name;
    level.names.push(name);
    this.#isName = false;
  }
}
