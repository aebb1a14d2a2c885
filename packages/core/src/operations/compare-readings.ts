import type { ReadingComparison } from '@h2ovl/contract';

interface Word {
  readonly text: string;
  readonly line: number;
}

/** Words of each reading that are compared; a dense page has two thousand. */
const maxWords = 5_000;

/**
 * Compares a page's text layer with the model's reading, word by word in their order. Upper and lower case, and how words are spread over lines, do not matter;
 * signs and digits do.
 */
export function compareReadings(layer: string, model: string): ReadingComparison {
  const [left, right] = [listWords(layer), listWords(model)];
  const pairs = alignWords(
    left.map(({ text }) => text.toLowerCase()),
    right.map(({ text }) => text.toLowerCase()),
  );
  const lines = layer.split('\n');
  const totals = lines.map(() => ({ words: 0, found: 0 }));
  for (const [index, { line }] of left.entries()) {
    const total = totals[line] as { words: number; found: number };
    total.words += 1;
    if (pairs.has(index)) total.found += 1;
  }
  const all = left.length + right.length;
  return {
    agreement: all === 0 ? 1 : (2 * pairs.size) / all,
    lines: lines.map((text, line) => ({ text, agreement: shareOf(totals[line]) })).filter(({ text }) => text.trim() !== ''),
    diff: writeDiff(left, right, pairs),
  };
}

function shareOf(total: { readonly words: number; readonly found: number } | undefined): number {
  return total === undefined || total.words === 0 ? 1 : total.found / total.words;
}

function listWords(text: string): readonly Word[] {
  const words = text.split('\n').flatMap((line, index) => (line.match(/\S+/gu) ?? []).map((word): Word => ({ text: word, line: index })));
  return words.slice(0, maxWords);
}

/** The longest common subsequence as pairs of places, by Hirschberg's division: little memory, time in proportion to the product. */
export function alignWords(left: readonly string[], right: readonly string[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  const divide = (leftFrom: number, leftTo: number, rightFrom: number, rightTo: number): void => {
    while (leftFrom < leftTo && rightFrom < rightTo && left[leftFrom] === right[rightFrom]) {
      pairs.set(leftFrom, rightFrom);
      leftFrom += 1;
      rightFrom += 1;
    }
    while (leftFrom < leftTo && rightFrom < rightTo && left[leftTo - 1] === right[rightTo - 1]) {
      leftTo -= 1;
      rightTo -= 1;
      pairs.set(leftTo, rightTo);
    }
    if (leftFrom === leftTo || rightFrom === rightTo) return;
    if (leftTo - leftFrom === 1) {
      const at = right.indexOf(left[leftFrom] as string, rightFrom);
      if (at >= 0 && at < rightTo) pairs.set(leftFrom, at);
      return;
    }
    const middle = (leftFrom + leftTo) >> 1;
    const upper = lengths(left, leftFrom, middle, right, rightFrom, rightTo, 1);
    const lower = lengths(left, middle, leftTo, right, rightFrom, rightTo, -1);
    let [best, cut] = [-1, rightFrom];
    for (let at = 0; at <= rightTo - rightFrom; at += 1) {
      const length = (upper[at] as number) + (lower[rightTo - rightFrom - at] as number);
      if (length > best) [best, cut] = [length, rightFrom + at];
    }
    divide(leftFrom, middle, rightFrom, cut);
    divide(middle, leftTo, cut, rightTo);
  };
  divide(0, left.length, 0, right.length);
  return new Map([...pairs].sort(([a], [b]) => a - b));
}

/** Lengths of the longest common subsequence of a part of `left` with every beginning (or, backwards, end) of a part of `right`. */
function lengths(
  left: readonly string[],
  leftFrom: number,
  leftTo: number,
  right: readonly string[],
  rightFrom: number,
  rightTo: number,
  step: 1 | -1,
): Uint16Array {
  const size = rightTo - rightFrom;
  let previous = new Uint16Array(size + 1);
  for (let row = 0; row < leftTo - leftFrom; row += 1) {
    const word = left[step === 1 ? leftFrom + row : leftTo - 1 - row];
    const current = new Uint16Array(size + 1);
    for (let at = 1; at <= size; at += 1) {
      const other = right[step === 1 ? rightFrom + at - 1 : rightTo - at];
      current[at] = word === other ? (previous[at - 1] as number) + 1 : Math.max(previous[at] as number, current[at - 1] as number);
    }
    previous = current;
  }
  return previous;
}

function writeDiff(left: readonly Word[], right: readonly Word[], pairs: ReadonlyMap<number, number>): ReadingComparison['diff'] {
  const diff: { side: '=' | '-' | '+'; text: string }[] = [];
  const add = (side: '=' | '-' | '+', word: Word): void => {
    const last = diff.at(-1);
    if (last?.side === side) last.text += ` ${word.text}`;
    else diff.push({ side, text: word.text });
  };
  let [leftAt, rightAt] = [0, 0];
  for (const [leftPair, rightPair] of [...pairs, [left.length, right.length] as const]) {
    for (; leftAt < leftPair; leftAt += 1) add('-', left[leftAt] as Word);
    for (; rightAt < rightPair; rightAt += 1) add('+', right[rightAt] as Word);
    if (leftPair === left.length) break;
    add('=', left[leftPair] as Word);
    leftAt = leftPair + 1;
    rightAt = rightPair + 1;
  }
  return diff;
}
