/** One directory of a TIFF: the facts about one picture in it. */
export interface TiffDirectory {
  /** Where the next one begins; 0 after the last. */
  readonly next: number;
  /** Where that is written. */
  readonly nextAt: number;
  /** The first value of a tag; undefined when it is not there or no whole number. */
  number(tag: number): number | undefined;
  /** The value of a tag that is one fraction; undefined when it is not there, is none, or divides by 0. */
  fraction(tag: number): number | undefined;
  /** Where the value of a tag stands, when it fits into the tag. */
  place(tag: number): number | undefined;
}

/** Bytes of a value of each type that can be a count or a size. */
const typeBytes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };

/** Two whole numbers, of which one is divided by the other. */
const fractionType = 5;

/** Tags of one directory; real ones have some thirty. */
const maxTags = 4_096;

/** Reads directories of TIFF and BigTIFF in either byte order. Every place is checked against the file's length. */
export class TiffReader {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  readonly #isBig: boolean;
  readonly firstDirectory: number;

  private constructor(view: DataView, isLittle: boolean, isBig: boolean) {
    this.#view = view;
    this.#isLittle = isLittle;
    this.#isBig = isBig;
    this.firstDirectory = this.#readPlace(isBig ? 8 : 4) ?? 0;
  }

  /** Bytes of a place in this file. */
  get placeBytes(): number {
    return this.#isBig ? 8 : 4;
  }

  /** Undefined when the header is cut off. */
  static open(bytes: Uint8Array): TiffReader | undefined {
    if (bytes.length < 16) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isLittle = view.getUint16(0) === 0x4949;
    return new TiffReader(view, isLittle, view.getUint16(2, isLittle) === 43);
  }

  /** Undefined when it reaches beyond the file. */
  readDirectory(place: number): TiffDirectory | undefined {
    const countBytes = this.#isBig ? 8 : 2;
    const tagBytes = this.#isBig ? 20 : 12;
    if (place < 8 || place + countBytes > this.#view.byteLength) return undefined;
    const count = this.#isBig ? Number(this.#view.getBigUint64(place, this.#isLittle)) : this.#view.getUint16(place, this.#isLittle);
    const tags = place + countBytes;
    const end = tags + count * tagBytes;
    const next = this.#readPlace(end);
    if (count > maxTags || next === undefined) return undefined;
    const places = new Map<number, number>();
    for (let at = tags; at < end; at += tagBytes) {
      const tag = this.#view.getUint16(at, this.#isLittle);
      if (!places.has(tag)) places.set(tag, at);
    }
    const placeOf = (tag: number): number | undefined => {
      const at = places.get(tag);
      return at === undefined ? undefined : at + (this.#isBig ? 12 : 8);
    };
    return {
      next,
      nextAt: end,
      number: (tag) => this.#readFirst(places.get(tag)),
      fraction: (tag) => this.#readFraction(places.get(tag)),
      place: placeOf,
    };
  }

  /** A directory by its number, from 0; undefined where the file has no such, or it lies outside the file. */
  directory(number: number): TiffDirectory | undefined {
    let place = this.firstDirectory;
    for (let passed = 0; passed < number && place !== 0; passed += 1) place = this.readDirectory(place)?.next ?? 0;
    return place === 0 ? undefined : this.readDirectory(place);
  }

  #readPlace(at: number): number | undefined {
    if (at + (this.#isBig ? 8 : 4) > this.#view.byteLength) return undefined;
    const place = this.#isBig ? Number(this.#view.getBigUint64(at, this.#isLittle)) : this.#view.getUint32(at, this.#isLittle);
    return Number.isSafeInteger(place) ? place : undefined;
  }

  #readFraction(at: number | undefined): number | undefined {
    if (at === undefined || this.#view.getUint16(at + 2, this.#isLittle) !== fractionType) return undefined;
    // Two numbers of four bytes: they fit into a tag of a BigTIFF only.
    const place = this.#isBig ? at + 12 : this.#readPlace(at + 8);
    if (place === undefined || place + 8 > this.#view.byteLength) return undefined;
    const value = this.#view.getUint32(place, this.#isLittle) / this.#view.getUint32(place + 4, this.#isLittle);
    return Number.isFinite(value) ? value : undefined;
  }

  /** The value, or the first of a list that does not fit into the tag and lies elsewhere. */
  #readFirst(at: number | undefined): number | undefined {
    if (at === undefined) return undefined;
    const type = this.#view.getUint16(at + 2, this.#isLittle);
    const bytes = typeBytes[type];
    if (bytes === undefined) return undefined;
    const room = this.#isBig ? 8 : 4;
    const count = this.#isBig ? Number(this.#view.getBigUint64(at + 4, this.#isLittle)) : this.#view.getUint32(at + 4, this.#isLittle);
    const inside = at + (this.#isBig ? 12 : 8);
    const place = count * bytes <= room ? inside : this.#readPlace(inside);
    if (count === 0 || place === undefined || place + bytes > this.#view.byteLength) return undefined;
    if (bytes === 1) return this.#view.getUint8(place);
    if (bytes === 2) return this.#view.getUint16(place, this.#isLittle);
    if (bytes === 4) return this.#view.getUint32(place, this.#isLittle);
    const long = Number(this.#view.getBigUint64(place, this.#isLittle));
    return Number.isSafeInteger(long) ? long : undefined;
  }
}
