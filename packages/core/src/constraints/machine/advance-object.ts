import { afterLoneHigh, idle, isBlank, isPartial, loneHigh, rangesOf, readByte } from './encoding.ts';
import type { Frame, KeyFrame, ObjectFrame, ValueFrame } from './frames.ts';
import type { Machine } from './machine.ts';

const quote = 0x22;

/** One more byte between the members of an object. */
export function advanceObject(machine: Machine, frame: ObjectFrame, byte: number, out: Frame[]): void {
  const { shape, phase, count, depth, below } = frame;
  const mayClose = phase !== 'comma' && shape.mayClose(frame);
  const { layout } = machine;
  if (layout === undefined) {
    if (isBlank(byte)) out.push(frame);
    else if (byte === 0x7d && mayClose) out.push(below);
    else if (byte === quote && phase !== 'after' && shape.mayGoOn(frame)) out.push(startKey(frame));
    else if (byte === 0x2c && phase === 'after' && shape.mayGoOn(frame)) out.push({ ...frame, phase: 'comma' });
    return;
  }
  if (mayClose) machine.stepText(count === 0 ? '}' : `${layout.last(depth)}}`, below, byte, out);
  if (shape.mayGoOn(frame)) machine.stepText(`${count === 0 ? layout.first(depth) : layout.next(depth)}"`, startKey(frame), byte, out);
}

function startKey(object: ObjectFrame): KeyFrame {
  const { shape } = object;
  const isOpen = shape.names !== undefined && shape.mayWriteFree(object);
  return { kind: 'key', object, node: 0, state: isOpen ? 0 : -1, encoding: idle, room: shape.form.open?.maxLength ?? 0, text: '' };
}

/** One more byte inside a member's name. */
export function advanceKey(machine: Machine, frame: KeyFrame, byte: number, out: Frame[]): void {
  const canonical = machine.layout !== undefined;
  if (frame.encoding !== idle) {
    const lone = loneHigh(frame.encoding);
    if (lone >= 0) {
      const alone = addCharacter(frame, lone);
      if (alone !== undefined) advanceKey(machine, { ...alone, encoding: afterLoneHigh(frame.encoding) }, byte, out);
    }
  } else if (byte === quote) {
    const value = closeKey(frame);
    if (value === undefined) return;
    if (machine.layout === undefined) out.push({ kind: 'colon', value });
    else out.push(machine.textBefore(machine.layout.colon, value));
    return;
  }
  const read = readByte(frame.encoding, byte, canonical);
  if (read < 0) return;
  if (!isPartial(read)) {
    const next = addCharacter(frame, read);
    if (next !== undefined) out.push(next);
  } else if (mayReach(frame, rangesOf(read, canonical)) || (loneHigh(read) >= 0 && addCharacter(frame, loneHigh(read)) !== undefined)) {
    out.push({ ...frame, encoding: read });
  }
}

function addCharacter(frame: KeyFrame, codePoint: number): KeyFrame | undefined {
  const { object, state, room } = frame;
  const { shape } = object;
  const node = frame.node < 0 ? -1 : shape.trie.step(frame.node, codePoint);
  const text = state < 0 ? '' : frame.text + String.fromCodePoint(codePoint);
  const next: KeyFrame = { ...frame, node: shape.mayWriteBelow(object, node) ? node : -1, encoding: idle, text, room: room - 1, state: -1 };
  // The place among the declared names is kept for the count of taken ones, even where none of them may come.
  const isFree = state >= 0 && room > 0 && isLive(frame, shape.names?.step(state, codePoint) ?? -1, room - 1, text, node);
  if (isFree) return { ...next, node, state: (shape.names as NonNullable<typeof shape.names>).step(state, codePoint) };
  return next.node < 0 ? undefined : next;
}

/** Whether a name that is not taken yet can be reached. */
function isLive({ object }: KeyFrame, state: number, room: number, text: string, node: number): boolean {
  const { names } = object.shape;
  if (state < 0 || names === undefined || (names.shortest[state] as number) > room) return false;
  return names.countFrom(state) > object.shape.countTaken(object, text, node);
}

function mayReach(frame: KeyFrame, ranges: readonly number[]): boolean {
  const { object, node, state, room } = frame;
  if (node >= 0) for (const next of object.shape.trie.stepInto(node, ranges)) if (object.shape.mayWriteBelow(object, next)) return true;
  const { names } = object.shape;
  if (state < 0 || room === 0 || names === undefined) return false;
  for (const { low, high, target } of names.transitionsOf(state)) {
    if ((names.shortest[target] as number) > room - 1) continue;
    for (let index = 0; index < ranges.length; index += 2) {
      const from = Math.max(low, ranges[index] as number);
      const to = Math.min(high, ranges[index + 1] as number);
      // Taken names are few: among the first characters of a range there is one that leads past them.
      for (let code = from; code <= Math.min(to, from + object.free.length + object.shape.form.members.length); code += 1) {
        if (addCharacter({ ...frame, encoding: idle }, code) !== undefined) return true;
      }
    }
  }
  return false;
}

/** What comes after the closing quote; undefined when this name may not end here. */
function closeKey(frame: KeyFrame): ValueFrame | undefined {
  const { object, node, state, text } = frame;
  const { shape, depth } = object;
  const member = shape.trie.memberAt(node);
  const count = object.count + 1;
  if (member >= 0) {
    if (!shape.mayWrite(object, member)) return undefined;
    const seen = shape.memberOrder === 'any' ? object.seen | (1n << BigInt(member)) : 0n;
    const below: ObjectFrame = { ...object, phase: 'after', next: shape.memberOrder === 'any' ? 0 : member + 1, seen, count };
    return { kind: 'value', goal: shape.member(member).goal, levels: shape.levels, depth: depth + 1, below };
  }
  if (state < 0 || shape.names?.isAccepting(state) !== true || object.free.includes(text)) return undefined;
  const next = shape.memberOrder === 'any' ? 0 : shape.form.members.length;
  const below: ObjectFrame = { ...object, phase: 'after', next, count, free: [...object.free, text] };
  return { kind: 'value', goal: shape.goalOfName(state), levels: shape.levels, depth: depth + 1, below };
}
