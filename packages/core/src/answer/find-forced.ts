import type { ValuePath } from '../constraints/path-tracker.ts';
import type { ForcedChoice } from '../generation/forced-choices.ts';

/** A text, number or word of a JSON text, by the bytes it takes. */
interface Span {
  readonly path: ValuePath;
  readonly start: number;
  readonly end: number;
  readonly isText: boolean;
}

const least = 0.5; // below that the model was of two minds itself

/**
 * The values that the mask changed: within them it took away what the model would have written. A page has 24.12.2023, the schema asks for a
 * date as YYYY-MM-DD, and the model cannot but write one; it has 1.061,20, and the number ends before the comma.
 *
 * @param text a complete JSON text
 * @param choices those of the same answer, in order
 */
export function findForced(text: string, choices: readonly ForcedChoice[], answerBytes: number): readonly ValuePath[] {
  if (choices.length === 0) return [];
  const lost = answerBytes - Buffer.byteLength(text); // the space that a tokenizer puts before its first piece
  const spans = findSpans(text);
  const found = new Set<Span>();
  for (const { at, wanted, removed } of choices) {
    if (removed < least) continue;
    const span = spans.find((candidate) => isWithin(candidate, at - lost, wanted));
    if (span !== undefined) found.add(span);
  }
  return [...found].map(({ path }) => path);
}

/** Whether a choice changes this value: one between its quotes; or digits, signs and marks that would have made a number another one. */
function isWithin({ start, end, isText }: Span, at: number, wanted: string): boolean {
  if (isText) return at > start && at < end;
  return at > start && at <= end + 1 && /^\s?[\d.,'-]/.test(wanted);
}

const part = /"(?:[^"\\]|\\.)*"|[-\w.+]+|[{}[\],:]/g;

function findSpans(text: string): readonly Span[] {
  const bytes = Buffer.from(text).toString('latin1'); // one character per byte
  const spans: Span[] = [];
  const path: (string | number)[] = [];
  const isList: boolean[] = [];
  let isName = false;
  for (const { 0: piece, index } of bytes.matchAll(part)) {
    const last = path.length - 1;
    if (piece === '{' || piece === '[') {
      isList.push(piece === '[');
      path.push(piece === '[' ? 0 : '');
      isName = piece === '{';
    } else if (piece === '}' || piece === ']') {
      isList.pop();
      path.pop();
    } else if (piece === ',') {
      if (isList.at(-1)) path[last] = (path[last] as number) + 1;
      else isName = true;
    } else if (piece === ':') isName = false;
    else if (isName) path[last] = JSON.parse(Buffer.from(piece, 'latin1').toString()) as string;
    else spans.push({ path: [...path], start: index, end: index + piece.length, isText: piece.startsWith('"') });
  }
  return spans;
}
