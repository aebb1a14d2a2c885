import type { CompiledSchema } from '../compile-schema.ts';
import { type Form, impossible, type ObjectForm } from '../schema/goal.ts';
import { heightOf } from '../schema/measure-goals.ts';
import { advanceKey, advanceObject } from './advance-object.ts';
import { advanceString } from './advance-string.ts';
import { isBlank } from './encoding.ts';
import { type ArrayFrame, end, type FormStart, type Frame, type ValueFrame } from './frames.ts';
import { identifyFrame } from './identify-frame.ts';
import { type LayoutBytes, layoutBytes } from './layout.ts';
import { ObjectShape } from './object-shape.ts';

// Branches that stay possible at once. Each of them alone can be completed, so leaving some out while decoding never leads astray.
const maxFramesDecoding = 64;
const maxFramesSchema = 4096;

const utf8 = new TextEncoder();

/** Reads a text byte by byte against a compiled schema. Knows neither tokens nor masks. */
export class Machine {
  /** Fixed bytes between values; undefined where any white space may stand. */
  readonly layout: LayoutBytes | undefined;
  readonly memberOrder: 'declared' | 'any';
  readonly start: readonly Frame[];
  readonly #maxFrames: number;
  readonly #heights = new Map<Form, number>();
  readonly #shapes = new Map<ObjectForm, Map<number, ObjectShape>>();
  readonly #texts = new Map<string, Uint8Array>();

  constructor({ root, profile }: Pick<CompiledSchema, 'root' | 'profile'>) {
    const isDecoding = profile.type === 'decoding';
    this.layout = isDecoding ? layoutBytes(profile.layout) : undefined;
    this.memberOrder = isDecoding ? profile.memberOrder : 'any';
    this.#maxFrames = isDecoding ? maxFramesDecoding : maxFramesSchema;
    const levels = isDecoding ? profile.bounds.maxDepth : Number.MAX_SAFE_INTEGER;
    this.start = [{ kind: 'value', goal: root, levels, depth: 0, below: end }];
  }

  /** The frames after one more byte; none when it does not fit. */
  advance(frames: readonly Frame[], byte: number): readonly Frame[] {
    const out: Frame[] = [];
    for (const frame of frames) this.step(frame, byte, out);
    if (out.length < 2) return out;
    return withoutRepeats(out).slice(0, this.#maxFrames);
  }

  /** Whether the text may end here. */
  mayEnd(frames: readonly Frame[]): boolean {
    return frames.some(mayEndAt);
  }

  /** Adds what a frame becomes with one more byte. */
  step(frame: Frame, byte: number, out: Frame[]): void {
    switch (frame.kind) {
      case 'text':
        if (frame.bytes[frame.position] !== byte) return;
        out.push(frame.position + 1 === frame.bytes.length ? frame.below : { ...frame, position: frame.position + 1 });
        return;
      case 'string':
        advanceString(this, frame, byte, out);
        return;
      case 'number': {
        const state = frame.form.dfa.step(frame.state, byte);
        if (state >= 0) out.push({ ...frame, state });
        if (frame.form.dfa.isAccepting(frame.state)) this.step(frame.below, byte, out); // numbers end where something else begins
        return;
      }
      case 'key':
        advanceKey(this, frame, byte, out);
        return;
      case 'object':
        advanceObject(this, frame, byte, out);
        return;
      case 'array':
        this.#stepArray(frame, byte, out);
        return;
      case 'value':
        this.#stepValue(frame, byte, out);
        return;
      case 'colon':
        if (isBlank(byte)) out.push(frame);
        else if (byte === 0x3a) out.push(frame.value);
        return;
      case 'end':
        if (this.layout === undefined && isBlank(byte)) out.push(frame);
        return;
      default:
        frame satisfies never;
    }
  }

  /** Fixed bytes, of which the first is about to be read. */
  stepText(text: string, below: Frame, byte: number, out: Frame[]): void {
    const bytes = this.#bytesOf(text);
    if (bytes[0] !== byte) return;
    out.push(bytes.length === 1 ? below : { kind: 'text', bytes, position: 1, below });
  }

  /** Fixed bytes that must come before a frame. */
  textBefore(text: string, below: Frame): Frame {
    return { kind: 'text', bytes: this.#bytesOf(text), position: 0, below };
  }

  /** One array per text, so that frames with the same text are the same. */
  #bytesOf(text: string): Uint8Array {
    let bytes = this.#texts.get(text);
    if (bytes === undefined) {
      bytes = utf8.encode(text);
      this.#texts.set(text, bytes);
    }
    return bytes;
  }

  #stepValue(frame: ValueFrame, byte: number, out: Frame[]): void {
    if (this.layout === undefined && isBlank(byte)) {
      out.push(frame);
      return;
    }
    const { goal, levels, depth, below } = frame;
    for (const form of goal.forms) this.#startForm({ form, levels, depth, below }, byte, out);
  }

  #startForm({ form, levels, depth, below }: FormStart, byte: number, out: Frame[]): void {
    switch (form.type) {
      case 'literal':
        this.stepText(form.text, below, byte, out);
        return;
      case 'number': {
        const state = form.dfa.step(0, byte);
        if (state >= 0) out.push({ kind: 'number', form, state, below });
        return;
      }
      case 'string':
        if (byte === 0x22) out.push({ kind: 'string', form, state: 0, encoding: 0, need: form.min, room: form.max, below });
        return;
      case 'array':
        if (byte !== 0x5b || this.#heightOf(form) > levels) return;
        out.push({ kind: 'array', phase: 'open', form, count: 0, used: 0n, levels: levels - 1, depth, below });
        return;
      case 'object':
        if (byte !== 0x7b || this.#heightOf(form) > levels) return;
        out.push({
          kind: 'object',
          phase: 'open',
          shape: this.#shapeOf(form, levels - 1),
          next: 0,
          seen: 0n,
          count: 0,
          free: [],
          depth,
          below,
        });
        return;
      default:
        form satisfies never;
    }
  }

  #stepArray(frame: ArrayFrame, byte: number, out: Frame[]): void {
    const { form, phase, count, depth, below } = frame;
    const mayClose = phase !== 'comma' && count >= form.min;
    const { layout } = this;
    if (layout === undefined) {
      if (isBlank(byte)) out.push(frame);
      else if (byte === 0x5d && mayClose) out.push(below);
      else if (phase !== 'after') this.#stepEntry(frame, byte, out);
      else if (byte === 0x2c && this.#mayHaveMore(frame)) out.push({ ...frame, phase: 'comma' });
      return;
    }
    if (mayClose) this.stepText(count === 0 ? ']' : `${layout.last(depth)}]`, below, byte, out);
    if (phase === 'comma') this.#stepEntry(frame, byte, out);
    if (phase === 'comma' || !this.#mayHaveMore(frame)) return;
    const before = count === 0 ? layout.first(depth) : layout.next(depth);
    if (before === '') this.#stepEntry(frame, byte, out);
    else this.stepText(before, { ...frame, phase: 'comma' }, byte, out);
  }

  #mayHaveMore({ form, count, levels }: ArrayFrame): boolean {
    if (count >= form.max) return false;
    if (form.distinct !== undefined) return true;
    const goal = form.prefix[count] ?? form.rest;
    return goal.height !== impossible && goal.height <= levels;
  }

  #stepEntry(frame: ArrayFrame, byte: number, out: Frame[]): void {
    if (!this.#mayHaveMore(frame)) return;
    const { form, count, levels, depth } = frame;
    const after: ArrayFrame = { ...frame, phase: 'after', count: count + 1 };
    if (form.distinct === undefined) {
      this.#stepValue({ kind: 'value', goal: form.prefix[count] ?? form.rest, levels, depth: depth + 1, below: after }, byte, out);
      return;
    }
    for (const [index, entry] of form.distinct.entries()) {
      const bit = 1n << BigInt(index);
      if ((frame.used & bit) === 0n)
        this.#startForm({ form: entry, levels, depth: depth + 1, below: { ...after, used: frame.used | bit } }, byte, out);
    }
  }

  #heightOf(form: Form): number {
    let height = this.#heights.get(form);
    if (height === undefined) {
      height = heightOf(form);
      this.#heights.set(form, height);
    }
    return height;
  }

  #shapeOf(form: ObjectForm, levels: number): ObjectShape {
    let byLevels = this.#shapes.get(form);
    if (byLevels === undefined) {
      byLevels = new Map();
      this.#shapes.set(form, byLevels);
    }
    let shape = byLevels.get(levels);
    if (shape === undefined) {
      const known = byLevels.values().next().value;
      shape = new ObjectShape(form, levels, this.memberOrder, known?.trie);
      byLevels.set(levels, shape);
    }
    return shape;
  }
}

function mayEndAt(frame: Frame): boolean {
  return frame.kind === 'end' || (frame.kind === 'number' && frame.form.dfa.isAccepting(frame.state) && mayEndAt(frame.below));
}

/** Two branches may have come to the same place. */
function withoutRepeats(frames: readonly Frame[]): readonly Frame[] {
  return [...new Map(frames.map((frame) => [identifyFrame(frame), frame])).values()];
}
