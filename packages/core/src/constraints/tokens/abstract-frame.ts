import type { ArrayFrame, Frame, KeyFrame, StringFrame } from '../machine/frames.ts';
import { identifyFrame, idOf } from '../machine/identify-frame.ts';

/** Begins the text of a name of which the characters do not matter: no name that was written agrees with it. */
const anyName = '\uffff';

/**
 * Frames with the counts taken out that one token cannot exhaust: the 3rd and the 300th character of a string, or line of a table, are then
 * the same place, and share one mask. Equal places are the same object.
 */
export class FrameAbstraction {
  /** Characters that the longest token has. */
  readonly #reach: number;
  readonly #known = new Map<string, Frame>();
  #byFrame = new WeakMap<Frame, Frame>();

  constructor(reach: number) {
    this.#reach = reach;
  }

  get size(): number {
    return this.#known.size;
  }

  clear(): void {
    this.#known.clear();
    this.#byFrame = new WeakMap();
  }

  of(frame: Frame): Frame {
    let abstract = this.#byFrame.get(frame);
    if (abstract === undefined) {
      const made = this.#make(frame);
      const key = identifyFrame(made, (below) => String(idOf(below)));
      abstract = this.#known.get(key) ?? made;
      this.#known.set(key, abstract);
      this.#byFrame.set(frame, abstract);
    }
    return abstract;
  }

  #make(frame: Frame): Frame {
    switch (frame.kind) {
      case 'end':
        return frame;
      case 'string':
        return { ...frame, ...this.#countsOf(frame), below: this.of(frame.below) };
      case 'array':
        return { ...frame, count: this.#countOf(frame), below: this.of(frame.below) };
      case 'key':
        return { ...this.#nameOf(frame), object: this.of(frame.object) as KeyFrame['object'] };
      case 'colon':
        return { ...frame, value: this.of(frame.value) as typeof frame.value };
      default:
        return { ...frame, below: this.of(frame.below) };
    }
  }

  #countsOf({ form, need, room }: StringFrame): { readonly need: number; readonly room: number } {
    const reach = this.#reach;
    const least = Math.min(need, reach + 1);
    const isPlenty = room >= reach + (form.dfa === undefined ? least : form.dfa.size);
    return { need: least, room: isPlenty ? Number.POSITIVE_INFINITY : room };
  }

  /** Entries beyond the prefix are alike, unless the least or the largest number of them is near. */
  #countOf({ form, count }: ArrayFrame): number {
    const first = Math.max(form.prefix.length, 1);
    if (count <= first || form.distinct !== undefined || form.max - count < this.#reach) return count;
    if (count >= form.min) return Math.max(first, form.min);
    return form.min - count > this.#reach ? first : count;
  }

  #nameOf(frame: KeyFrame): KeyFrame {
    const { object, state, room, text } = frame;
    const isFar = text !== '' && object.free.every((name) => !name.startsWith(text));
    const isPlenty = state >= 0 && room >= this.#reach + (object.shape.names?.size ?? 0);
    return { ...frame, text: isFar ? anyName : text, room: isPlenty ? Number.POSITIVE_INFINITY : room };
  }
}
