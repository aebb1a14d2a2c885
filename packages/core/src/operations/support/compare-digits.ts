import { alignWords } from '../compare-readings.ts';

/** Letters that a reader of print takes for digits, and the other way round. */
const alike: Readonly<Record<string, string>> = {
  o: '0',
  d: '0',
  q: '0',
  i: '1',
  l: '1',
  t: '1',
  j: '1',
  z: '2',
  e: '3',
  a: '4',
  s: '5',
  g: '9',
  b: '8',
};

/**
 * Whether two folded texts that are alike say other digits: a digit against another one, or one that only one of them has. A letter that looks like the
 * digit in its place is the line reader's mistake.
 */
export function haveOtherDigits(reading: string, page: string): boolean {
  const pairs = alignWords([...reading], [...page]);
  let [leftAt, rightAt] = [0, 0];
  for (const [leftPair, rightPair] of [...pairs, [reading.length, page.length] as const]) {
    if (differ(reading.slice(leftAt, leftPair), page.slice(rightAt, rightPair))) return true;
    [leftAt, rightAt] = [leftPair + 1, rightPair + 1];
  }
  return false;
}

/** Whether parts that stand in each other's place differ in digits. */
function differ(left: string, right: string): boolean {
  if (!/\d/.test(left + right)) return false;
  const [a, b] = [left, right].map((part) => part.replace(/[a-z]/g, (letter) => alike[letter] ?? ''));
  return a !== b;
}
