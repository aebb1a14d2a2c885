/** Where JSON stops being JSON. */
export interface JsonProblem {
  /** The text ended too early, or it is wrong at a place. */
  readonly type: 'cut-off' | 'malformed';
  readonly message: string;
  /** Offset in the text in UTF-16 units, from 0. */
  readonly position: number;
}

/** The JSON value's end (exclusive), or its first problem. */
export type ScannedJson = { readonly end: number; readonly problem?: never } | { readonly problem: JsonProblem; readonly end?: never };

const maxDepth = 256; // answers nest 3 or 4 levels; a model caught in a loop writes [[[[
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literal = /true|false|null/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Reads one JSON value (RFC 8259) from `start`. Unlike `JSON.parse` it tells where the value ends, names the place of every error on every version of
 * Node, and refuses a key that occurs twice, where `JSON.parse` would drop the first value without a word.
 */
export function scanJson(text: string, start: number): ScannedJson {
  const cursor: Cursor = { text, position: start };
  try {
    readValue(cursor, 0);
    return { end: cursor.position };
  } catch (error) {
    if (error instanceof Stop) return { problem: error.problem };
    throw error;
  }
}

interface Cursor {
  readonly text: string;
  position: number;
}

/** Ends the scan from any depth; never leaves this file. */
class Stop extends Error {
  readonly problem: JsonProblem;

  constructor(problem: JsonProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function readValue(cursor: Cursor, depth: number): void {
  skipBlanks(cursor);
  if (depth > maxDepth) throw malformed(cursor, `More than ${maxDepth} levels of brackets`);
  const character = cursor.text[cursor.position];
  if (character === '{') readObject(cursor, depth);
  else if (character === '[') readArray(cursor, depth);
  else if (character === '"') readString(cursor);
  else if (!skipPattern(cursor, number) && !skipPattern(cursor, literal)) throw expected(cursor, 'a value');
}

function readObject(cursor: Cursor, depth: number): void {
  const keys = new Set<string>();
  cursor.position += 1;
  skipBlanks(cursor);
  if (skipCharacter(cursor, '}')) return;
  for (;;) {
    skipBlanks(cursor);
    if (cursor.text[cursor.position] !== '"') throw expected(cursor, 'a key in double quotes');
    const keyStart = cursor.position;
    readString(cursor);
    const key = JSON.parse(cursor.text.slice(keyStart, cursor.position)) as string;
    if (keys.has(key)) throw malformed({ ...cursor, position: keyStart }, `The key ${JSON.stringify(key)} occurs twice`);
    keys.add(key);
    skipBlanks(cursor);
    if (!skipCharacter(cursor, ':')) throw expected(cursor, '":"');
    readValue(cursor, depth + 1);
    skipBlanks(cursor);
    if (skipCharacter(cursor, '}')) return;
    if (!skipCharacter(cursor, ',')) throw expected(cursor, '"," or "}"');
  }
}

function readArray(cursor: Cursor, depth: number): void {
  cursor.position += 1;
  skipBlanks(cursor);
  if (skipCharacter(cursor, ']')) return;
  for (;;) {
    readValue(cursor, depth + 1);
    skipBlanks(cursor);
    if (skipCharacter(cursor, ']')) return;
    if (!skipCharacter(cursor, ',')) throw expected(cursor, '"," or "]"');
  }
}

function readString(cursor: Cursor): void {
  cursor.position += 1;
  for (;;) {
    const character = cursor.text[cursor.position];
    if (character === undefined) throw cutOff(cursor, 'The text ends inside a string');
    if (character === '"') break;
    if (character < ' ') throw malformed(cursor, `A line break or control character (${character.charCodeAt(0)}) inside a string`);
    if (character !== '\\') {
      cursor.position += 1;
      continue;
    }
    if (skipPattern(cursor, escaped)) continue;
    const isCut = /^\\(?:u[0-9a-fA-F]{0,3})?$/.test(cursor.text.slice(cursor.position, cursor.position + 6));
    throw isCut ? cutOff(cursor, 'The text ends inside an escape') : malformed(cursor, 'An escape that JSON does not have');
  }
  cursor.position += 1;
}

function skipBlanks(cursor: Cursor): void {
  while (' \n\r\t'.includes(cursor.text[cursor.position] ?? 'x')) cursor.position += 1;
}

function skipCharacter(cursor: Cursor, character: string): boolean {
  const isThere = cursor.text[cursor.position] === character;
  if (isThere) cursor.position += 1;
  return isThere;
}

function skipPattern(cursor: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = cursor.position;
  const isThere = pattern.test(cursor.text);
  if (isThere) cursor.position = pattern.lastIndex;
  return isThere;
}

function expected(cursor: Cursor, what: string): Stop {
  const found = cursor.text[cursor.position];
  if (found === undefined) return cutOff(cursor, `The text ends where ${what} must come`);
  // A number or a literal of which the last characters are missing: `tru`, `-`, `1.`
  const isCut = /^[-+.\w]{1,20}$/.test(cursor.text.slice(cursor.position, cursor.position + 21));
  return isCut ? cutOff(cursor, 'The text ends inside a value') : malformed(cursor, `Expected ${what}, found ${JSON.stringify(found)}`);
}

function malformed({ position }: Cursor, message: string): Stop {
  return new Stop({ type: 'malformed', message, position });
}

function cutOff({ text }: Cursor, message: string): Stop {
  return new Stop({ type: 'cut-off', message, position: text.length });
}
