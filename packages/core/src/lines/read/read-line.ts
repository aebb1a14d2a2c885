import type { LineBox } from '@h2ovl/contract';
import type { Raster } from '../../tiles/raster.ts';
import type { Alphabet } from '../alphabet.ts';
import { cutLength, halfTurn, quarterTurn, sidesOf } from '../geometry.ts';
import type { Networks } from '../networks.ts';
import { decodeLetters } from './decode-letters.ts';
import { inputWidth, lineHeight, makeLineInput } from './line-input.ts';
import { joinReadings, makeReading, type Reading, uprightWorthOf, worthOf } from './reading.ts';
import { Slots } from './slots.ts';
import { splitLong } from './split-long.ts';

/** Boxes this much higher than wide are lines that run up or down. */
const surelyTurned = 2.6;
/** Boxes this much higher than wide may be one or two letters that stand upright. */
const maybeTurned = 1.2;
const probablyTurned = 1.5;
/** An upright reading of such a box is taken from here on. */
const uprightFrom = 0.8;
/** Letters that are less sure than this, and narrower, are read again from a wider picture. */
const sureFrom = 0.95;
const narrowPx = 2.6 * 8;
const widen = 1.4;
/** A line that the quick recogniser is less sure of than this is read by the other one: few of drawn pages, a third to a half of harsh ones. */
const quicklySureFrom = 0.96;
/** Where more than this share of the pixels read quickly was read again, reading quickly costs more than it saves: it takes three quarters of the time. */
const mostReadAgain = 0.25;

/** Reads boxes of one page. */
export class LineReading {
  readonly #page: Raster;
  readonly #networks: Networks;
  readonly #alphabet: Alphabet;
  /** Two lines are recognised at a time: memory and threads are those of two. */
  readonly #slots = new Slots(2);
  /** By corners and stretch: the lines that say which way up the page is are read before all others, and need not be read twice. */
  readonly #known = new Map<string, Promise<Reading>>();
  #isQuick: boolean;
  /** Pixels of width that the quick recogniser read, and those of them that were read again. */
  #quickPx = 0;
  #againPx = 0;

  constructor(page: Raster, networks: Networks, alphabet: Alphabet) {
    this.#page = page;
    this.#networks = networks;
    this.#alphabet = alphabet;
    this.#isQuick = networks.recogniseQuickly !== undefined;
  }

  /** Whether the lines that follow are read quickly at first, by what that was good for so far. All readings that were begun must have ended: a page reads the same each time. */
  weighQuickReading(): void {
    if (this.#againPx > mostReadAgain * this.#quickPx) this.#isQuick = false;
  }

  /** Reads a box whose corners are named as on an upright page; lines that run up or down are turned, the better way round. */
  async read(box: LineBox): Promise<Reading> {
    const { width, height } = sidesOf(box);
    if (height > maybeTurned * width) return this.#readTall(box, height / width);
    const plain = await this.readAlong(box);
    if (!isNarrow(plain, this.#alphabet)) return plain;
    return better(plain, await this.readAlong(box, widen));
  }

  /** Reads a box in the direction of its first side, in parts where it is long; what was read before is not read again. */
  readAlong(box: LineBox, stretch = 1): Promise<Reading> {
    return this.#readOnce(box, stretch, stretch === 1);
  }

  /** The same, not quickly at first: for a box that most likely cannot be read surely, as upside-down print, and where readings are weighed against each other. */
  readCarefully(box: LineBox): Promise<Reading> {
    return this.#readOnce(box, 1, false);
  }

  #readOnce(box: LineBox, stretch: number, mayBeQuick: boolean): Promise<Reading> {
    const key = `${box.join()} ${stretch}`;
    const reading = this.#known.get(key) ?? this.#readParts(box, stretch, mayBeQuick);
    this.#known.set(key, reading);
    return reading;
  }

  async #readParts(box: LineBox, stretch: number, mayBeQuick: boolean): Promise<Reading> {
    const parts: Reading[] = [];
    for (const part of splitLong(this.#page, box)) parts.push(await this.#readPart(part, stretch, mayBeQuick));
    return joinReadings(box, parts);
  }

  async #readPart(box: LineBox, stretch: number, mayBeQuick: boolean): Promise<Reading> {
    const width = inputWidth(box, stretch);
    const { recogniseQuickly } = this.#networks;
    if (mayBeQuick && this.#isQuick && recogniseQuickly !== undefined) {
      const quick = await this.#recognise(box, width, recogniseQuickly);
      this.#quickPx += width;
      if (quick.confidence >= quicklySureFrom && isPlain(quick)) return quick;
      this.#againPx += width;
    }
    return this.#recognise(box, width, this.#networks.recognise);
  }

  async #recognise(box: LineBox, width: number, recognise: Networks['recognise']): Promise<Reading> {
    const { memory } = this.#networks;
    // Pictures are cut while others are read: only networks wait for each other.
    const picture = makeLineInput(this.#page, box, width, lineHeight, memory?.take(3 * lineHeight * width));
    const answer = await this.#slots.run(() => recognise(picture, width));
    const letters = decodeLetters(answer, this.#alphabet);
    memory?.give(answer);
    return makeReading(box, Math.round(width / this.#alphabet.columnPx), letters, this.#alphabet);
  }

  async #readTall(box: LineBox, ratio: number): Promise<Reading> {
    if (ratio < surelyTurned) {
      const upright = await this.#readUpright(box);
      if (upright.confidence >= uprightFrom && upright.letters.length > 0) return upright;
      if (ratio <= probablyTurned) return this.readAlong(box);
    }
    const turned = quarterTurn(box);
    const [oneWay, otherWay] = [await this.readAlong(turned), await this.readAlong(halfTurn(turned))];
    const reading = uprightWorthOf(otherWay) > uprightWorthOf(oneWay) ? otherWay : oneWay;
    // A letter on its own is never turned: a 6 would become a 9.
    return reading.letters.length > 1 || ratio >= 2 * surelyTurned ? reading : this.#readUpright(box);
  }

  /** A narrow box, widened to a square, so that its letter keeps its shape. */
  async #readUpright(box: LineBox): Promise<Reading> {
    const { width, height } = sidesOf(box);
    const margin = Math.max(0, (height - width) / 2 / width);
    const reading = await this.#readPart(cutLength(box, -margin, 1 + margin), 1, true);
    return { ...reading, box };
  }
}

/** Whether there are only letters and signs of English: of accents, the quick recogniser is sure when it is wrong, too. */
function isPlain({ text }: Reading): boolean {
  return /^[ -~€£]*$/.test(text);
}

function better(a: Reading, b: Reading): Reading {
  return worthOf(b) > worthOf(a) ? b : a;
}

function isNarrow({ confidence, letters, columns }: Reading, { columnPx }: Alphabet): boolean {
  return confidence < sureFrom && letters.length > 3 && (columns * columnPx) / letters.length < narrowPx;
}
