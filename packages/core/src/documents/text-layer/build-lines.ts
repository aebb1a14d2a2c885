import type { HiddenText, PageBox, TextLayerLine } from '@h2ovl/contract';
import type { LayerCharacter } from './layer-character.ts';

/** Part of a character's height by which the next one may lie higher or lower on the same line. */
const sameLineShare = 0.6;

/** Characters in reading order as lines; hidden ones are kept apart, in runs of one reason. */
export function buildLines(characters: readonly LayerCharacter[]): {
  readonly lines: readonly TextLayerLine[];
  readonly hidden: readonly HiddenText[];
} {
  const lines: DirectedLine[] = [];
  const hidden: { text: string; reason: HiddenText['reason'] }[] = [];
  let line = new OpenLine();
  const close = (): void => {
    const finished = line.finish();
    if (finished !== undefined) lines.push(finished);
    line = new OpenLine();
  };
  let lastWasHidden = false;
  for (const character of characters) {
    if (character.hidden !== undefined) {
      const run = lastWasHidden ? hidden.at(-1) : undefined;
      if (run?.reason === character.hidden) run.text += character.text;
      else hidden.push({ text: character.text, reason: character.hidden });
      lastWasHidden = true;
      line.addGap(); // what stood between two words that are seen still keeps them apart
      continue;
    }
    lastWasHidden = false;
    if (character.text === '\n') close();
    else if (character.box === undefined) line.addGap();
    else {
      if (!line.takes(character.box)) close();
      line.add(character.text, character.box);
    }
  }
  close();
  return {
    lines: inReadingOrder(lines).map(({ text, box }) => ({ text, box })),
    hidden: hidden.map(({ text, reason }) => ({ text: text.trim(), reason })).filter(({ text }) => text !== ''),
  };
}

/** Where the letters of a line go on the page as it is shown. */
type Direction = 'right' | 'left' | 'down' | 'up';

interface DirectedLine extends TextLayerLine {
  readonly direction: Direction;
}

/** Decoders go down the page line by line; on a page whose text lies on its side or its head, that may be backwards. */
function inReadingOrder(lines: readonly DirectedLine[]): readonly DirectedLine[] {
  const turned = (['down', 'up', 'left'] as const).find(
    (direction) => lines.filter((line) => line.direction === direction).length > 0.8 * lines.length,
  );
  if (turned === undefined) return lines;
  // The head of the letters points to the right, the left, or down.
  const advance = ({ box }: DirectedLine): number => (turned === 'down' ? -box.x : turned === 'up' ? box.x : -box.y);
  const forward = lines.filter((line, index) => index > 0 && advance(line) > advance(lines[index - 1] as DirectedLine)).length;
  return forward < (lines.length - 1) / 2 ? lines.toReversed() : lines;
}

class OpenLine {
  #text = '';
  #box: PageBox | undefined;
  #first: PageBox | undefined;
  #last: PageBox | undefined;

  addGap(): void {
    if (this.#text !== '' && !this.#text.endsWith(' ')) this.#text += ' ';
  }

  add(text: string, box: PageBox): void {
    this.#text += text;
    this.#first ??= box;
    this.#last = box;
    this.#box = this.#box === undefined ? box : union(this.#box, box);
  }

  /** Whether a character at this place belongs to the line. Turned text advances in height, so either direction will do. */
  takes(box: PageBox): boolean {
    const last = this.#last;
    if (last === undefined) return true;
    const height = Math.max(last.height, box.height);
    const width = Math.max(last.width, box.width);
    const isBeside = Math.abs(middle(box.y, box.height) - middle(last.y, last.height)) <= sameLineShare * height;
    const isBelowClose = Math.abs(middle(box.x, box.width) - middle(last.x, last.width)) <= sameLineShare * width;
    return isBeside || isBelowClose;
  }

  finish(): DirectedLine | undefined {
    const text = this.#text.trim();
    return text === '' || this.#box === undefined ? undefined : { text, box: this.#box, direction: this.#direction() };
  }

  #direction(): Direction {
    const [first, last] = [this.#first as PageBox, this.#last as PageBox];
    const across = middle(last.x, last.width) - middle(first.x, first.width);
    const along = middle(last.y, last.height) - middle(first.y, first.height);
    if (Math.abs(along) > Math.abs(across)) return along > 0 ? 'down' : 'up';
    return across < 0 ? 'left' : 'right';
  }
}

function middle(start: number, length: number): number {
  return start + length / 2;
}

function union(a: PageBox, b: PageBox): PageBox {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, width: Math.max(a.x + a.width, b.x + b.width) - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

/** Puts the values of form fields where they stand on the page: behind what is printed on the same line, else after the last line above them. */
export function insertFields(lines: readonly TextLayerLine[], fields: readonly TextLayerLine[]): readonly TextLayerLine[] {
  const joined = [...lines];
  for (const field of fields) {
    const beside = joined.findLastIndex(
      ({ box }) => box.x < field.box.x && sharedHeight(box, field.box) > 0.5 * Math.min(box.height, field.box.height),
    );
    const label = joined[beside];
    if (label !== undefined && !field.text.includes('\n')) {
      joined[beside] = { text: `${label.text} ${field.text}`, box: union(label.box, field.box) };
      continue;
    }
    const above = joined.findLastIndex(({ box }) => middle(box.y, box.height) <= middle(field.box.y, field.box.height));
    joined.splice(above + 1, 0, field);
  }
  return joined;
}

function sharedHeight(a: PageBox, b: PageBox): number {
  return Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
}
