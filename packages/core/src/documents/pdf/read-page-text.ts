import type { HiddenReason, PageBox } from '@h2ovl/contract';
import { buildLines, insertFields } from '../text-layer/build-lines.ts';
import type { LayerCharacter } from '../text-layer/layer-character.ts';
import type { PageText } from '../text-layer/page-text.ts';
import { dropReplacements } from './drop-replacements.ts';
import { measureUnexplainedInk } from './measure-ink.ts';
import { PagePictures } from './page-pictures.ts';
import { PageMap, type PdfPage, placeBox } from './pdf-page.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';
import { readAnnotations } from './read-annotations.ts';
import { describeTextObject, type TextObject } from './text-object.ts';

/** A page of a telephone book has 20,000. */
const maxCharacters = 200_000;
/** Letters less high than this (points) are there to be found, not to be read. */
const tinyPt = 1.5;

/** What the file says is written on a page, with what a person does not see kept apart. */
export function readPageText(pdfium: Pdfium, page: PdfPage): PageText {
  dropReplacements(pdfium, page);
  const textPage = pdfium.FPDFText_LoadPage(page.pointer);
  if (textPage === 0) throw new Error('PDFium gave no text page');
  try {
    const reader = new CharacterReader(pdfium, page, textPage);
    const count = Math.max(0, pdfium.FPDFText_CountChars(textPage));
    for (let index = 0; index < Math.min(count, maxCharacters); index += 1) reader.read(index);
    return reader.finish(count > maxCharacters);
  } finally {
    pdfium.FPDFText_ClosePage(textPage);
  }
}

class CharacterReader {
  readonly #pdfium: Pdfium;
  readonly #page: PdfPage;
  readonly #textPage: number;
  readonly #map: PageMap;
  readonly #pictures: PagePictures;
  readonly #objects = new Map<number, TextObject>();
  readonly #characters: LayerCharacter[] = [];
  #visible = 0;
  #unmapped = 0;
  #withoutFont = 0;

  constructor(pdfium: Pdfium, page: PdfPage, textPage: number) {
    this.#pdfium = pdfium;
    this.#page = page;
    this.#textPage = textPage;
    this.#map = new PageMap(pdfium, page);
    this.#pictures = new PagePictures(pdfium, page);
  }

  read(index: number): void {
    const pdfium = this.#pdfium;
    const text = toText(pdfium.FPDFText_GetUnicode(this.#textPage, index));
    if (text === '\r' || text === '') {
      if (text === '') this.#unmapped += 1;
      return;
    }
    if (/\s/.test(text)) {
      this.#characters.push({ text: text === '\n' ? text : ' ', box: undefined, hidden: this.#characters.at(-1)?.hidden });
      return;
    }
    const box = placeBox(this.#map, readTightBounds(pdfium, this.#textPage, index));
    const object = this.#objectOf(index);
    const isDrawn = this.#pictures.showsText(box);
    const needsFont = object !== undefined && !object.isFontEmbedded && (text.codePointAt(0) ?? 0) > 0xff;
    const hasNoFont = needsFont && !isDrawn;
    const hidden = this.#whyHidden(index, box, object, isDrawn, hasNoFont);
    if (hidden === undefined) {
      this.#visible += 1;
      if (hasNoFont) this.#withoutFont += 1;
      const isOtherLetter = needsFont && isDrawn && isLetterOfNoFont(text);
      if (isOtherLetter || pdfium.FPDFText_HasUnicodeMapError(this.#textPage, index) === 1 || isPrivate(text)) this.#unmapped += 1;
    }
    this.#characters.push({ text, box, hidden });
  }

  finish(isCut: boolean): PageText {
    const pictures = this.#pictures;
    const images = pictures.objects.filter(({ kind }) => kind === 'image').map(({ bounds }) => placeBox(this.#map, bounds));
    const textBoxes = this.#characters.flatMap(({ box, hidden }) => (box !== undefined && hidden === undefined ? [box] : []));
    const { lines, hidden } = buildLines(this.#characters);
    const { fields, marks } = readAnnotations(this.#pdfium, this.#page, this.#map);
    const facts = {
      characters: this.#visible,
      unmapped: this.#unmapped,
      withoutFont: this.#withoutFont,
      pictureShare: coveredShare(images),
      unexplainedInk: measureUnexplainedInk(pictures.luminanceWithoutText(), pictures.width, pictures.height, textBoxes, images),
      marks,
      isCut,
    };
    return { lines: insertFields(lines, fields), hidden, facts };
  }

  #whyHidden(index: number, box: PageBox, object: TextObject | undefined, isDrawn: boolean, hasNoFont: boolean): HiddenReason | undefined {
    if (object?.isInvisible === true) return 'invisible';
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (x < 0 || y < 0 || x > 1 || y > 1) return 'off-page';
    if (readLineHeight(this.#pdfium, this.#textPage, index) < tinyPt) return 'tiny';
    if (object?.color !== undefined && this.#pictures.isPainted(box, object.color)) return 'same-color';
    // Without the font nothing is drawn here, though it is elsewhere, as long as nothing lies over it.
    if (isDrawn || (hasNoFont && object !== undefined && !this.#pictures.isUnder(object.pointer, this.#center(index)))) return undefined;
    return 'covered';
  }

  /** In points of the page. */
  #center(index: number): { readonly x: number; readonly y: number } {
    const { left, right, bottom, top } = readTightBounds(this.#pdfium, this.#textPage, index);
    return { x: (left + right) / 2, y: (bottom + top) / 2 };
  }

  #objectOf(index: number): TextObject | undefined {
    const pointer = this.#pdfium.FPDFText_GetTextObject(this.#textPage, index);
    if (pointer === 0) return undefined;
    const known = this.#objects.get(pointer) ?? describeTextObject(this.#pdfium, pointer);
    this.#objects.set(pointer, known);
    return known;
  }
}

/** The letter's own ink. */
function readTightBounds(pdfium: Pdfium, textPage: number, index: number): { left: number; right: number; bottom: number; top: number } {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(32);
    pdfium.FPDFText_GetCharBox(textPage, index, out, out + 8, out + 16, out + 24);
    const memory = memoryOf(pdfium);
    const [left, right, bottom, top] = [0, 8, 16, 24].map((at) => memory.getFloat64(out + at, true)) as [number, number, number, number];
    return { left, right, bottom, top };
  });
}

/** Points from the foot of a line to its head, as the letter's font has them. Turned text is measured along its shorter side. */
function readLineHeight(pdfium: Pdfium, textPage: number, index: number): number {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(16);
    if (!pdfium.FPDFText_GetLooseCharBox(textPage, index, out)) return Number.POSITIVE_INFINITY;
    const memory = memoryOf(pdfium);
    const [left, top, right, bottom] = [0, 4, 8, 12].map((at) => memory.getFloat32(out + at, true)) as [number, number, number, number];
    return Math.max(Math.abs(top - bottom), Math.abs(right - left));
  });
}

const ligatures: Readonly<Record<string, string>> = { ﬀ: 'ff', ﬁ: 'fi', ﬂ: 'fl', ﬃ: 'ffi', ﬄ: 'ffl', ﬅ: 'st', ﬆ: 'st' };

/** One character as text; '' for what stands for no character. PDFium marks a hyphen at a line's end by 2. */
function toText(code: number): string {
  if (code === 2) return '-';
  if (code === 9 || code === 10 || code === 13) return String.fromCharCode(code);
  if (code < 32 || (code >= 127 && code < 160) || code === 0xfffe || code === 0xffff || code === 0xfffd || code > 0x10ffff) return '';
  const character = String.fromCodePoint(code);
  return ligatures[character] ?? character;
}

/**
 * Fonts that no file brings draw Latin and Greek here and nothing else: what is drawn for another letter is not that letter, and the file's table lies.
 */
function isLetterOfNoFont(text: string): boolean {
  return /\p{L}/u.test(text) && !/[\p{Script=Latin}\p{Script=Greek}\p{Script=Common}]/u.test(text);
}

function isPrivate(text: string): boolean {
  return /\p{Co}/u.test(text);
}

/** Share of the page inside any of the boxes, counted on a grid. */
function coveredShare(boxes: readonly PageBox[]): number {
  const side = 100;
  const cells = new Uint8Array(side * side);
  for (const { x, y, width, height } of boxes) {
    const [left, right] = [Math.max(0, Math.round(x * side)), Math.min(side, Math.round((x + width) * side))];
    const [top, bottom] = [Math.max(0, Math.round(y * side)), Math.min(side, Math.round((y + height) * side))];
    for (let row = top; row < bottom; row += 1) cells.fill(1, row * side + left, Math.max(row * side + left, row * side + right));
  }
  return cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
}
