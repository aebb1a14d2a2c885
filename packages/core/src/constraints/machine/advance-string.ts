import { afterLoneHigh, idle, isPartial, loneHigh, rangesOf, readByte } from './encoding.ts';
import type { Frame, StringFrame } from './frames.ts';
import type { Machine } from './machine.ts';

const quote = 0x22;

/** One more byte inside a string value. */
export function advanceString(machine: Machine, frame: StringFrame, byte: number, out: Frame[]): void {
  const canonical = machine.layout !== undefined;
  if (frame.encoding !== idle) {
    const lone = loneHigh(frame.encoding);
    if (lone >= 0) {
      const alone = addCharacter(frame, lone);
      if (alone !== undefined) advanceString(machine, { ...alone, encoding: afterLoneHigh(frame.encoding) }, byte, out);
    }
  } else if (byte === quote) {
    if (isComplete(frame)) out.push(frame.below);
    return;
  }
  const read = readByte(frame.encoding, byte, canonical);
  if (read < 0) return;
  if (!isPartial(read)) {
    const next = addCharacter(frame, read);
    if (next !== undefined) out.push(next);
  } else if (mayReach(frame, rangesOf(read, canonical)) || mayStayAlone(frame, read)) {
    out.push({ ...frame, encoding: read });
  }
}

function isComplete({ form, state, need }: StringFrame): boolean {
  return form.dfa === undefined ? need === 0 : form.dfa.isAccepting(state);
}

/** The frame after a whole character; undefined when no end can be reached from there. */
function addCharacter(frame: StringFrame, codePoint: number): StringFrame | undefined {
  const { form, state, need, room } = frame;
  if (room === 0) return undefined;
  if (form.dfa === undefined) return need > room ? undefined : { ...frame, encoding: idle, need: Math.max(0, need - 1), room: room - 1 };
  const next = form.dfa.step(state, codePoint);
  if (next < 0 || (form.dfa.shortest[next] as number) > room - 1) return undefined;
  return { ...frame, encoding: idle, state: next, room: room - 1 };
}

function mayReach({ form, state, room }: StringFrame, ranges: readonly number[]): boolean {
  if (room === 0) return false;
  if (form.dfa === undefined) return ranges.length > 0;
  for (let index = 0; index < ranges.length; index += 2) {
    if (form.dfa.canStep(state, ranges[index] as number, ranges[index + 1] as number, room - 1)) return true;
  }
  return false;
}

function mayStayAlone(frame: StringFrame, encoding: number): boolean {
  const lone = loneHigh(encoding);
  return lone >= 0 && addCharacter(frame, lone) !== undefined;
}
