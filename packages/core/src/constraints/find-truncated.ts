import type { DecodingBounds } from './limits.ts';
import type { ArrayFrame, Frame, ObjectFrame } from './machine/frames.ts';
import type { Machine } from './machine/machine.ts';
import { PathTracker, type ValuePath } from './path-tracker.ts';
import type { Form, Goal } from './schema/goal.ts';

/**
 * The values of a complete text that reached a bound which is ours and not the schema's: a text, a list or an object of any names may have been longer, a
 * number may have had more digits, an entry may have gone deeper.
 */
export function findTruncated(machine: Machine, text: string, bounds: DecodingBounds): readonly ValuePath[] {
  const found: ValuePath[] = [];
  const path = new PathTracker();
  /** What each open bracket may be, from the outermost on. */
  const open: (readonly (ArrayFrame | ObjectFrame)[])[] = [];
  let frames = machine.start;
  for (const byte of new TextEncoder().encode(text)) {
    if (byte === quote && frames.some(isFullText)) found.push(path.current());
    const { number, closed } = path.read(byte);
    if (number !== undefined && hasAllDigits(number.text, bounds)) found.push(number.path);
    if (closed !== undefined && open.pop()?.some((frame) => isFull(frame, closed.names, closed.count))) found.push(closed.path);
    frames = machine.advance(frames, byte);
    if (path.depth <= open.length) continue;
    const opened = frames.filter((frame): frame is ArrayFrame | ObjectFrame => frame.kind === 'array' || frame.kind === 'object');
    open.push(opened);
    if (opened.some(isDeepest)) found.push(path.current().slice(0, -1));
  }
  const { number: root } = path.read(lineEnd); // a text that is one number ends with nothing else
  if (root !== undefined && hasAllDigits(root.text, bounds)) found.push(root.path);
  return found;
}

const quote = 0x22;
const lineEnd = 0x0a;

const isFullText = (frame: Frame): boolean =>
  frame.kind === 'string' && frame.form.isDefaultBound && frame.encoding === 0 && frame.room === 0;

/** Whether a list has all the entries that we allow, or an object all the names beyond those that its schema knows. */
function isFull(frame: ArrayFrame | ObjectFrame, names: readonly string[], count: number): boolean {
  if (frame.kind === 'array') return frame.form.isDefaultBound && count >= frame.form.max;
  const { open, members } = frame.shape.form;
  if (open === undefined || names.length < open.maxCount) return false;
  const declared = new Set(members.map(({ name }) => name));
  return names.filter((name) => !declared.has(name)).length >= open.maxCount;
}

/** Whether the levels of brackets end here, and what is inside might have gone on. */
function isDeepest(frame: ArrayFrame | ObjectFrame): boolean {
  if (frame.kind === 'array') return frame.levels === 0 && [...frame.form.prefix, frame.form.rest].some(hasBrackets);
  const { form, levels } = frame.shape;
  return levels === 0 && [...form.members.map(({ goal }) => goal), ...(form.open?.goals ?? [])].some(hasBrackets);
}

const hasBrackets = ({ forms }: Goal): boolean => forms.some(({ type }: Form) => type === 'array' || type === 'object');

function hasAllDigits(number: string, { maxWholeDigits, maxFractionDigits }: DecodingBounds): boolean {
  const [whole = '', fraction = ''] = number.replace('-', '').split('.');
  return whole.length >= maxWholeDigits || fraction.length >= maxFractionDigits;
}
