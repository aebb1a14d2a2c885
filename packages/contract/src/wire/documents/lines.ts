import type { LineBox, LineWord, PageLines, PagePoint, PageRotation, TextLine } from '../../lines.ts';
import { readSentences, toCount, toList, toRecord } from '../read-values.ts';

/** Four corners in pixels of the page, to a tenth, as the library's `LineBox` has them. */
export type WireBox = readonly (readonly [x: number, y: number])[];

/** The lines of a page as the line reader saw them. Boxes are in pixels of `width` and `height`. */
export interface WireLines {
  readonly width: number;
  readonly height: number;
  /** Degrees clockwise that set the page upright. */
  readonly rotation: PageRotation;
  /** How clearly, 0 to 1. */
  readonly rotation_margin: number;
  readonly has_text: boolean;
  /** In reading order. */
  readonly lines: readonly {
    readonly text: string;
    readonly confidence: number;
    /** Across the writing, pixels. */
    readonly height: number;
    readonly box: WireBox;
    readonly words: readonly { readonly text: string; readonly box: WireBox }[];
  }[];
  readonly text: string;
  /** Places that looked like text and were not readable enough. */
  readonly unreadable: number;
  readonly warnings: readonly string[];
}

export function writeLines({ width, height, rotation, rotationMargin, hasText, lines, text, unreadable, warnings }: PageLines): WireLines {
  return {
    ...{ width, height, rotation, rotation_margin: rotationMargin, has_text: hasText },
    lines: lines.map((line) => ({
      text: line.text,
      confidence: line.confidence,
      height: tenth(line.height),
      box: writeBox(line.box),
      words: line.words.map((word) => ({ text: word.text, box: writeBox(word.box) })),
    })),
    ...{ text, unreadable, warnings },
  };
}

/** Undefined where the value is something else; lines without a box are left out. */
export function readLines(value: unknown): PageLines | undefined {
  const page = toRecord(value);
  const rotation = ([0, 90, 180, 270] as const).find((turn) => turn === page?.rotation);
  if (page === undefined || rotation === undefined || !Array.isArray(page.lines)) return undefined;
  return {
    width: toCount(page.width),
    height: toCount(page.height),
    rotation,
    rotationMargin: toCount(page.rotation_margin),
    hasText: page.has_text === true,
    lines: page.lines.flatMap(readLine),
    text: typeof page.text === 'string' ? page.text : '',
    unreadable: toCount(page.unreadable),
    warnings: readSentences(page.warnings),
  };
}

function readLine(value: unknown): readonly TextLine[] {
  const line = toRecord(value);
  const word = readWord(line);
  return word.map(({ text, box }) => ({
    text,
    confidence: toCount(line?.confidence),
    box,
    height: toCount(line?.height),
    words: toList(line?.words).flatMap((one) => readWord(toRecord(one))),
  }));
}

function readWord(word: Readonly<Record<string, unknown>> | undefined): readonly LineWord[] {
  const box = readBox(word?.box);
  return typeof word?.text === 'string' && box !== undefined ? [{ text: word.text, box }] : [];
}

/** Four corners; undefined where the value is something else. */
export function readBox(value: unknown): LineBox | undefined {
  const points = toList(value).flatMap((point): PagePoint[] => {
    const [x, y] = toList(point);
    return typeof x === 'number' && typeof y === 'number' ? [[x, y]] : [];
  });
  return points.length === 4 ? (points as unknown as LineBox) : undefined;
}

const tenth = (pixels: number): number => Math.round(pixels * 10) / 10;
const writeBox = (box: LineBox): WireBox => box.map(([x, y]) => [tenth(x), tenth(y)]);
