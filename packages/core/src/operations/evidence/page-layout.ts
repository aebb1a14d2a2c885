import type { EvidenceLabel, LineBox, TextLine } from '@h2ovl/contract';
import { slantOf } from '../../lines/arrange/order-lines.ts';
import { type Bounds, boundsOf } from '../../lines/geometry.ts';

/** Words that stand together, in the frame of the text: x along the lines, y across them. */
export interface PlacedWords extends EvidenceLabel {
  readonly bounds: Bounds;
}

/** A gap wider than this, in heights of a line, parts what is said from what stands beside it. */
const widestGap = 1.2;
/** What stands higher above a value than this, in its heights, is no label of it alone. */
const highestAbove = 3;

/** Where things stand on a page, whichever way it lies: in the direction of its lines. */
export class PageLayout {
  readonly #cos: number;
  readonly #sin: number;
  readonly #words: readonly PlacedWords[];
  readonly #groups: readonly PlacedWords[];
  /** Of a line, the median; pixels. */
  readonly lineHeight: number;

  constructor(lines: readonly TextLine[]) {
    const slant = slantOf(lines.map(({ box }) => box));
    [this.#cos, this.#sin] = [Math.cos(slant), Math.sin(slant)];
    const place = ({ text, box }: EvidenceLabel): PlacedWords => ({ text, box, bounds: this.boundsOf([box]) });
    this.#words = lines.flatMap(({ words }) => words.map(place));
    this.#groups = lines.flatMap(({ words }) => groupWords(words.map(place)));
    const heights = lines.map(({ height }) => height).sort((a, b) => a - b);
    this.lineHeight = heights[heights.length >> 1] ?? 1;
  }

  /** Around boxes, in the frame of the text. */
  boundsOf(boxes: readonly LineBox[]): Bounds {
    const turned = boxes.flatMap((box) => box.map(([x, y]) => [x * this.#cos + y * this.#sin, y * this.#cos - x * this.#sin] as const));
    return boundsOf(turned as unknown as LineBox);
  }

  /** What stands left of a value on its row: the nearest words first, put together as they stand. */
  leftOf(value: Bounds): readonly PlacedWords[] {
    const isLeft = ({ bounds }: PlacedWords): boolean =>
      bounds.right <= value.left + 0.3 * (value.bottom - value.top) && sharesHeight(bounds, value);
    const words = this.#words.filter(isLeft).sort((a, b) => a.bounds.left - b.bounds.left);
    return groupWords(words).map(afterColon).reverse();
  }

  /** What stands above a value, the nearest first. */
  above(value: Bounds): readonly PlacedWords[] {
    return this.#groups
      .filter(({ bounds }) => middle(bounds) < value.top && Math.min(bounds.right, value.right) > Math.max(bounds.left, value.left))
      .sort((a, b) => b.bounds.bottom - a.bounds.bottom);
  }

  /** Whether words above a value stand close enough to it to name it alone. */
  isClose({ bounds }: PlacedWords, value: Bounds): boolean {
    return value.top - bounds.bottom <= highestAbove * (value.bottom - value.top);
  }

  /** All words of the page as they stand together, in reading order. */
  get groups(): readonly PlacedWords[] {
    return this.#groups;
  }
}

const middle = ({ top, bottom }: Bounds): number => (top + bottom) / 2;

function sharesHeight(a: Bounds, b: Bounds): boolean {
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return shared >= 0.4 * Math.min(a.bottom - a.top, b.bottom - b.top);
}

/** Words from left to right, those without a wide gap between them together. */
function groupWords(words: readonly PlacedWords[]): readonly PlacedWords[] {
  const groups: PlacedWords[][] = [];
  for (const word of words) {
    const last = groups.at(-1)?.at(-1);
    const isNear = last !== undefined && word.bounds.left - last.bounds.right <= widestGap * (word.bounds.bottom - word.bounds.top);
    if (isNear) groups.at(-1)?.push(word);
    else groups.push([word]);
  }
  return groups.map(joinWords);
}

function joinWords(words: readonly PlacedWords[]): PlacedWords {
  const [first, last] = [words[0] as PlacedWords, words.at(-1) as PlacedWords];
  const bounds = {
    left: first.bounds.left,
    right: last.bounds.right,
    top: Math.min(...words.map((word) => word.bounds.top)),
    bottom: Math.max(...words.map((word) => word.bounds.bottom)),
  };
  return { text: words.map(({ text }) => text).join(' '), box: [first.box[0], last.box[1], last.box[2], first.box[3]], bounds };
}

/** "Name: Anna City:" names what follows with what stands behind its last colon but one. */
function afterColon(group: PlacedWords): PlacedWords {
  const cut = group.text.slice(0, -1).lastIndexOf(': ');
  return cut === -1 ? group : { ...group, text: group.text.slice(cut + 2) };
}
