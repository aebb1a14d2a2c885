import type { DecodingBounds } from './limits.ts';
import type { Frame } from './machine/frames.ts';
import type { Machine } from './machine/machine.ts';

/** A place in a JSON value: names and indices from the root. */
export type ValuePath = readonly (string | number)[];

/**
 * The values of a complete text that reached a bound which is ours and not the schema's: a text or a list may have been longer, a number may have
 * had more digits.
 */
export function findTruncated(machine: Machine, text: string, bounds: DecodingBounds): readonly ValuePath[] {
  const found: ValuePath[] = [];
  const path = new PathTracker();
  let frames = machine.start;
  for (const byte of new TextEncoder().encode(text)) {
    if (byte === quote && frames.some(isFullText)) found.push(path.current());
    const digits = path.read(byte);
    if (digits !== undefined && hasAllDigits(digits, bounds)) found.push(path.current());
    const before = frames;
    frames = machine.advance(frames, byte);
    if (frames.some(isFullList) && !before.some(isFullList)) found.push(path.around());
  }
  return found;
}

const quote = 0x22;

const isFullText = (frame: Frame): boolean =>
  frame.kind === 'string' && frame.form.isDefaultBound && frame.encoding === 0 && frame.room === 0;

const isFullList = (frame: Frame): boolean => frame.kind === 'array' && frame.form.isDefaultBound && frame.count === frame.form.max;

function hasAllDigits(number: string, { maxWholeDigits, maxFractionDigits }: DecodingBounds): boolean {
  const [whole = '', fraction = ''] = number.replace('-', '').split('.');
  return whole.length >= maxWholeDigits || fraction.length >= maxFractionDigits;
}

interface Level {
  key: string | number;
  readonly isArray: boolean;
}

/** Follows the path through a JSON text that is known to be right. */
class PathTracker {
  readonly #levels: Level[] = [];
  #text: number[] | undefined;
  #isEscaped = false;
  #isName = false;
  #number = '';

  /** The value that is being read. */
  current(): ValuePath {
    return this.#levels.map(({ key }) => key);
  }

  /** The list that it is an entry of. */
  around(): ValuePath {
    return this.current().slice(0, -1);
  }

  /** Reads one byte. Returns a number that ended before it. */
  read(byte: number): string | undefined {
    if (this.#text !== undefined) {
      this.#readText(byte, this.#text);
      return undefined;
    }
    const character = String.fromCharCode(byte);
    const ended = this.#number !== '' && !/[-+.\deE]/.test(character) ? this.#number : undefined;
    if (ended !== undefined) this.#number = '';
    const level = this.#levels.at(-1);
    if (character === '"') this.#text = [];
    else if (character === '{' || character === '[') this.#open(character === '[');
    else if (character === '}' || character === ']') this.#levels.pop();
    else if (character === ',' && level !== undefined) this.#next(level);
    else if (/[-+.\deE]/.test(character) && (this.#number !== '' || /[-\d]/.test(character))) this.#number += character;
    return ended;
  }

  #open(isArray: boolean): void {
    this.#levels.push({ key: isArray ? 0 : '', isArray });
    this.#isName = !isArray;
  }

  #next(level: Level): void {
    if (typeof level.key === 'number') level.key += 1;
    this.#isName = !level.isArray;
  }

  #readText(byte: number, text: number[]): void {
    if (byte !== quote || this.#isEscaped) {
      this.#isEscaped = byte === 0x5c && !this.#isEscaped;
      text.push(byte);
      return;
    }
    this.#text = undefined;
    const level = this.#levels.at(-1);
    if (!this.#isName || level === undefined) return;
    level.key = JSON.parse(`"${Buffer.from(text).toString()}"`) as string;
    this.#isName = false;
  }
}
