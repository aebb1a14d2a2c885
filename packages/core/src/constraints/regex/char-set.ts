/** A set of code points: sorted, disjoint, inclusive ranges, `[low, high, low, high, ...]`. */
export type CharSet = readonly number[];

export const maxCodePoint = 0x10ffff;

export const anyChar: CharSet = [0, maxCodePoint];

/** Sorts ranges and joins those that touch. */
export function charSet(ranges: readonly (readonly [low: number, high: number])[]): CharSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const result: number[] = [];
  for (const [low, high] of sorted) {
    const last = result.length - 1;
    if (last > 0 && low <= (result[last] as number) + 1) result[last] = Math.max(result[last] as number, high);
    else result.push(low, high);
  }
  return result;
}

export function unite(sets: readonly CharSet[]): CharSet {
  return charSet(sets.flatMap(pairs));
}

export function complement(set: CharSet): CharSet {
  const result: number[] = [];
  let next = 0;
  for (const [low, high] of pairs(set)) {
    if (low > next) result.push(next, low - 1);
    next = high + 1;
  }
  if (next <= maxCodePoint) result.push(next, maxCodePoint);
  return result;
}

export function pairs(set: CharSet): [number, number][] {
  const result: [number, number][] = [];
  for (let index = 0; index < set.length; index += 2) result.push([set[index] as number, set[index + 1] as number]);
  return result;
}

const codeOf = (character: string): number => character.codePointAt(0) as number; // callers pass one character

/** Pairs of characters written side by side: `rangesOf('az09')` is a to z and 0 to 9. */
function rangesOf(text: string): CharSet {
  const characters = [...text].map(codeOf);
  return charSet(Array.from({ length: characters.length / 2 }, (_, i) => [characters[2 * i] as number, characters[2 * i + 1] as number]));
}

/** The classes of ECMA-262, by their escape: `\d` is `classes.d`. */
export const classes: Readonly<Record<string, CharSet>> = {
  d: rangesOf('09'),
  w: rangesOf('AZaz09__'),
  s: charSet([
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ]),
  D: complement(rangesOf('09')),
  W: complement(rangesOf('AZaz09__')),
  get S(): CharSet {
    return complement(classes.s as CharSet);
  },
};

/** Everything but line ends: `.` without the flag s. */
export const dotChars: CharSet = complement(
  charSet([
    [0x0a, 0x0a],
    [0x0d, 0x0d],
    [0x2028, 0x2029],
  ]),
);

const knownProperties = new Map<string, CharSet | undefined>();
const maxKnownProperties = 600; // Unicode has about 400 names and values
let allText: string | undefined;

/** The characters of a Unicode property, such as `Letter` or `Script=Greek`; undefined when there is no such property. */
export function propertyChars(name: string): CharSet | undefined {
  if (!/^[A-Za-z0-9_=]{1,64}$/.test(name)) return undefined;
  if (!knownProperties.has(name)) {
    if (knownProperties.size >= maxKnownProperties) knownProperties.clear();
    knownProperties.set(name, scanProperty(name));
  }
  return knownProperties.get(name);
}

/** Asks the engine's own tables: one pass over a text of all characters, about 10 ms, once per property. */
function scanProperty(name: string): CharSet | undefined {
  let pattern: RegExp;
  try {
    pattern = new RegExp(`\\p{${name}}+`, 'gu');
  } catch {
    return undefined;
  }
  allText ??= listAllCharacters();
  const ranges: [number, number][] = [];
  for (const { 0: match, index } of allText.matchAll(pattern)) {
    const low = allText.codePointAt(index) as number;
    // Code points follow each other in the text, except that it leaves the surrogates out.
    const end = match.charCodeAt(match.length - 1);
    const isPair = end >= 0xdc00 && end <= 0xdfff;
    const high = isPair ? (match.codePointAt(match.length - 2) as number) : end;
    if (low < 0xd800 && high > 0xdfff) ranges.push([low, 0xd7ff], [0xe000, high]);
    else ranges.push([low, high]);
  }
  return charSet(ranges);
}

function listAllCharacters(): string {
  const parts: string[] = [];
  for (let start = 0; start <= maxCodePoint; start += 0x800) {
    if (start === 0xd800) continue; // the surrogates are exactly one such block
    parts.push(String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => start + i)));
  }
  return parts.join('');
}
