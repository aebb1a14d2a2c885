import { writePath } from './structured-prompt.ts';

/** Where a value stands in JSON text: its first character and the one behind its last, quotes left out. */
export interface ValueSpan {
  readonly from: number;
  readonly to: number;
}

/** A string with its escapes, a number, or one of the words. */
const scalar = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/y;
const blank = /\s*/y;

/** Where each value of the JSON in a text stands, by its path, such as `items[3].name`. The text must be JSON from its first bracket on. */
export function findValueSpans(text: string): ReadonlyMap<string, ValueSpan> {
  const spans = new Map<string, ValueSpan>();
  const start = text.search(/[{[]/);
  if (start !== -1) walk({ text, at: start, spans }, []);
  return spans;
}

interface Walk {
  readonly text: string;
  at: number;
  readonly spans: Map<string, ValueSpan>;
}

function walk(state: Walk, path: readonly (string | number)[]): void {
  skip(state, blank);
  const bracket = state.text[state.at];
  if (bracket !== '{' && bracket !== '[') {
    const { from, to } = skip(state, scalar);
    const quotes = bracket === '"' ? 1 : 0;
    if (to > from) state.spans.set(writePath(path), { from: from + quotes, to: to - quotes });
    return;
  }
  const end = bracket === '{' ? '}' : ']';
  state.at += 1;
  for (let index = 0; ; index += 1) {
    skip(state, blank);
    const next = state.text[state.at];
    if (next === undefined) return; // no JSON after all
    if (next === ',') state.at += 1;
    else if (next === end) {
      state.at += 1;
      return;
    }
    skip(state, blank);
    const before = state.at;
    walk(state, [...path, bracket === '{' ? readName(state) : index]);
    if (state.at === before) return;
  }
}

function readName(state: Walk): string {
  const { from, to } = skip(state, scalar);
  skip(state, blank);
  state.at += 1; // the colon
  try {
    return String(JSON.parse(state.text.slice(from, to)));
  } catch {
    return state.text.slice(from, to);
  }
}

/** Moves behind what a pattern finds at the present place; nowhere where it finds nothing. */
function skip(state: Walk, pattern: RegExp): ValueSpan {
  const from = state.at;
  pattern.lastIndex = from;
  state.at += pattern.exec(state.text)?.[0].length ?? 0;
  return { from, to: state.at };
}
