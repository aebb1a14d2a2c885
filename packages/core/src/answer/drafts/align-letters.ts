/** Letters before and behind the expected place among which the end is looked for: what was put in or left out since. */
const near = 4;

/** Where letters end in a text that says nearly the same. */
export interface AlignedPlace {
  /** Letters of the text before the end. */
  readonly place: number;
  /** Letters that agree, less one for each that was put in, left out or taken for another. */
  readonly matched: number;
}

/**
 * The end, near to the expected one, up to which most of the letters agree with the text; of ends that are as good the one nearest to the expected, the earlier of
 * two as near. A sign is taken for another of its kind only: readers confuse `O` and `0`, or `:` and `;`, but a stop in place of a letter is one sign put in and
 * one left out.
 */
export function alignLetters(text: string, letters: string, expected: number): AlignedPlace | undefined {
  const from = Math.max(0, expected - near - letters.length);
  const part = text.slice(from, expected + near);
  const isInWords = Array.from({ length: part.length }, (_, place) => standsInWords(part, place));
  // For each end in the part: what the best way to align the letters so far comes to. It may begin anywhere.
  let scores = new Array<number>(part.length + 1).fill(0);
  for (let at = 0; at < letters.length; at += 1) {
    const isLetter = standsInWords(letters, at);
    let last = (scores[0] as number) - 1;
    const next = [last];
    for (let place = 0; place < part.length; place += 1) {
      const differing = isLetter === isInWords[place] ? -1 : -2;
      const both = (scores[place] as number) + (part[place] === letters[at] ? 1 : differing);
      last = Math.max(both, last - 1, (scores[place + 1] as number) - 1);
      next.push(last);
    }
    scores = next;
  }
  let best: AlignedPlace | undefined;
  for (const [end, matched] of scores.entries()) {
    const place = from + end;
    const away = Math.abs(place - expected);
    if (away > near) continue;
    const isBetter = best === undefined || matched > best.matched || (matched === best.matched && away < Math.abs(best.place - expected));
    if (isBetter) best = { place, matched };
  }
  return best;
}

/** Whether a sign is a letter or a digit. */
const standsInWords = (text: string, place: number): boolean => /[\p{L}\p{N}]/u.test(text[place] as string);
