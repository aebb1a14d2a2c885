import { type CharSet, charSet, classes, complement, dotChars, propertyChars, unite } from './char-set.ts';

/** A regular expression as a tree. `start` and `end` are `^` and `$`: they match no character. */
export type RegexNode =
  | { readonly type: 'chars'; readonly set: CharSet }
  | { readonly type: 'concat'; readonly parts: readonly RegexNode[] }
  | { readonly type: 'alternatives'; readonly options: readonly RegexNode[] }
  | { readonly type: 'repeat'; readonly node: RegexNode; readonly min: number; readonly max: number }
  | { readonly type: 'start' | 'end' };

/** A pattern that is not regular, or that this library does not read. `reason` is the rest of a sentence: "uses lookahead". */
export class RegexRefusal extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`The pattern ${reason}.`);
    this.name = 'RegexRefusal';
    this.reason = reason;
  }
}

const maxPatternLength = 4000; // real patterns stay under 300 characters
const maxGroupDepth = 100;
const controlEscapes: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/**
 * Reads the regular subset of ECMA-262 patterns, in the sense of the flag `u`: characters, escapes, classes, Unicode properties, `.`, `^`, `$`,
 * groups, `|` and quantifiers. Look-around, back-references, `\b`, and flags inside a group are refused.
 * @throws RegexRefusal
 */
export function parseRegex(source: string): RegexNode {
  if (source.length > maxPatternLength) throw new RegexRefusal(`has ${source.length} characters, more than ${maxPatternLength}`);
  const reader: Reader = { characters: [...source], position: 0, depth: 0 };
  const node = readAlternatives(reader);
  if (reader.position < reader.characters.length) throw new RegexRefusal('has a ")" too many');
  return node;
}

interface Reader {
  readonly characters: readonly string[];
  position: number;
  depth: number;
}

const peek = (reader: Reader, ahead = 0): string | undefined => reader.characters[reader.position + ahead];

function skip(reader: Reader, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (peek(reader, index) !== text[index]) return false;
  reader.position += text.length;
  return true;
}

function readAlternatives(reader: Reader): RegexNode {
  reader.depth += 1;
  if (reader.depth > maxGroupDepth) throw new RegexRefusal(`nests groups deeper than ${maxGroupDepth}`);
  const options: RegexNode[] = [];
  do options.push(readConcat(reader));
  while (skip(reader, '|'));
  reader.depth -= 1;
  return options.length === 1 ? (options[0] as RegexNode) : { type: 'alternatives', options };
}

function readConcat(reader: Reader): RegexNode {
  const parts: RegexNode[] = [];
  for (let next = peek(reader); next !== undefined && next !== '|' && next !== ')'; next = peek(reader)) {
    parts.push(readQuantified(reader));
  }
  return parts.length === 1 ? (parts[0] as RegexNode) : { type: 'concat', parts };
}

function readQuantified(reader: Reader): RegexNode {
  const node = readAtom(reader);
  const bounds = readQuantifier(reader);
  if (bounds === undefined) return node;
  if (node.type === 'start' || node.type === 'end') throw new RegexRefusal('repeats ^ or $');
  skip(reader, '?'); // a lazy quantifier matches the same texts
  if (peek(reader) === '*' || peek(reader) === '+' || peek(reader) === '?') throw new RegexRefusal('has two quantifiers in a row');
  return { type: 'repeat', node, ...bounds };
}

function readQuantifier(reader: Reader): { readonly min: number; readonly max: number } | undefined {
  if (skip(reader, '*')) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (skip(reader, '+')) return { min: 1, max: Number.POSITIVE_INFINITY };
  if (skip(reader, '?')) return { min: 0, max: 1 };
  if (peek(reader) !== '{') return undefined;
  const rest = reader.characters.slice(reader.position, reader.position + 24).join('');
  const [whole, low, comma, high] = /^\{(\d+)(,?)(\d*)\}/.exec(rest) ?? [];
  if (whole === undefined) throw new RegexRefusal('has a "{" that begins no quantifier');
  reader.position += whole.length;
  const min = Number(low);
  const max = comma === '' ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high);
  if (max < min) throw new RegexRefusal(`has the quantifier ${whole}, of which the bounds are the wrong way round`);
  return { min, max };
}

function readAtom(reader: Reader): RegexNode {
  const character = reader.characters[reader.position] as string; // the callers looked
  reader.position += 1;
  switch (character) {
    case '^':
      return { type: 'start' };
    case '$':
      return { type: 'end' };
    case '.':
      return { type: 'chars', set: dotChars };
    case '(':
      return readGroup(reader);
    case '[':
      return { type: 'chars', set: readClass(reader) };
    case '\\':
      return { type: 'chars', set: readEscape(reader, false) };
    case '*':
    case '+':
    case '?':
      throw new RegexRefusal(`has a "${character}" with nothing before it`);
    default:
      return { type: 'chars', set: single(character) };
  }
}

function readGroup(reader: Reader): RegexNode {
  if (skip(reader, '?')) {
    if (skip(reader, '<') && peek(reader) !== '=' && peek(reader) !== '!') {
      while (reader.position < reader.characters.length && !skip(reader, '>')) reader.position += 1;
    } else if (!skip(reader, ':')) {
      const isLook = peek(reader) === '=' || peek(reader) === '!' || peek(reader, -1) === '<';
      throw new RegexRefusal(isLook ? 'uses look-around, which is not regular' : 'sets flags inside a group');
    }
  }
  const node = readAlternatives(reader);
  if (!skip(reader, ')')) throw new RegexRefusal('has a "(" without its ")"');
  return node;
}

function readClass(reader: Reader): CharSet {
  const isNegated = skip(reader, '^');
  const sets: CharSet[] = [];
  while (!skip(reader, ']')) {
    const low = readClassAtom(reader);
    if (peek(reader) === '-' && peek(reader, 1) !== ']' && peek(reader, 1) !== undefined) {
      reader.position += 1;
      const high = readClassAtom(reader);
      if (low.length !== 2 || low[0] !== low[1] || high.length !== 2 || high[0] !== high[1] || (low[0] as number) > (high[0] as number)) {
        throw new RegexRefusal('has a range in a class of which the ends are no characters in order');
      }
      sets.push([low[0] as number, high[0] as number]);
    } else {
      sets.push(low);
    }
  }
  const set = unite(sets);
  return isNegated ? complement(set) : set;
}

function readClassAtom(reader: Reader): CharSet {
  const character = peek(reader);
  if (character === undefined) throw new RegexRefusal('has a "[" without its "]"');
  reader.position += 1;
  return character === '\\' ? readEscape(reader, true) : single(character);
}

function readEscape(reader: Reader, isInClass: boolean): CharSet {
  const character = peek(reader);
  if (character === undefined) throw new RegexRefusal('ends in a "\\"');
  reader.position += 1;
  const set = classes[character];
  if (set !== undefined && /^[dDwWsS]$/.test(character)) return set;
  if (character === 'p' || character === 'P') return readProperty(reader, character === 'P');
  if (isInClass && character === 'b') return [8, 8];
  if (character === 'b' || character === 'B') throw new RegexRefusal('uses \\b, a condition between two characters');
  if (character === 'k' || (!isInClass && /^[1-9]$/.test(character))) throw new RegexRefusal('uses a back-reference, which is not regular');
  if (character === '0' && /^\d$/.test(peek(reader) ?? '')) throw new RegexRefusal('has an octal escape');
  const control = controlEscapes[character];
  if (control !== undefined) return [control, control];
  if (character === 'c') return readControl(reader);
  if (character === 'x') return codeSet(readHex(reader, 2, '\\x'));
  if (character === 'u') return readUnicode(reader);
  if (/^[A-Za-z1-9]$/.test(character)) throw new RegexRefusal(`has the escape \\${character}, which ECMA-262 does not know`);
  return single(character);
}

function readControl(reader: Reader): CharSet {
  const letter = peek(reader) ?? '';
  if (!/^[A-Za-z]$/.test(letter)) throw new RegexRefusal('has a \\c without its letter');
  reader.position += 1;
  return codeSet(letter.charCodeAt(0) % 32);
}

function readUnicode(reader: Reader): CharSet {
  if (skip(reader, '{')) {
    const end = reader.characters.indexOf('}', reader.position);
    const digits = reader.characters.slice(reader.position, end < 0 ? reader.position : end).join('');
    const code = Number.parseInt(digits, 16);
    if (!/^[0-9a-fA-F]{1,8}$/.test(digits) || code > 0x10ffff) throw new RegexRefusal('has an escape \\u{...} that is no code point');
    reader.position = end + 1;
    return codeSet(code);
  }
  const high = readHex(reader, 4, '\\u');
  if (high >= 0xd800 && high <= 0xdbff && peek(reader) === '\\' && peek(reader, 1) === 'u') {
    const before = reader.position;
    reader.position += 2;
    const low = readHex(reader, 4, '\\u');
    if (low >= 0xdc00 && low <= 0xdfff) return codeSet(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
    reader.position = before;
  }
  return codeSet(high);
}

function readHex(reader: Reader, count: number, name: string): number {
  const digits = reader.characters.slice(reader.position, reader.position + count).join('');
  if (digits.length !== count || !/^[0-9a-fA-F]+$/.test(digits)) throw new RegexRefusal(`has a ${name} without its ${count} digits`);
  reader.position += count;
  return Number.parseInt(digits, 16);
}

function readProperty(reader: Reader, isNegated: boolean): CharSet {
  const end = reader.characters.indexOf('}', reader.position);
  if (peek(reader) !== '{' || end < 0) throw new RegexRefusal('has a \\p without its {name}');
  const name = reader.characters.slice(reader.position + 1, end).join('');
  const set = propertyChars(name);
  if (set === undefined) throw new RegexRefusal(`names the Unicode property "${name}", which does not exist`);
  reader.position = end + 1;
  return isNegated ? complement(set) : set;
}

const codeSet = (code: number): CharSet => charSet([[code, code]]);

function single(character: string): CharSet {
  return codeSet(character.codePointAt(0) as number);
}
