import type { Dfa } from '../regex/dfa.ts';
import type { Goal, Member, ObjectForm } from '../schema/goal.ts';
import { countOpen } from '../schema/measure-goals.ts';
import type { ObjectFrame } from './frames.ts';
import { NameTrie } from './name-trie.ts';

/** An object's form within so many levels: which members can be written, and what must be left for later. */
export class ObjectShape {
  readonly form: ObjectForm;
  /** Levels that a member's value may have. */
  readonly levels: number;
  readonly memberOrder: 'declared' | 'any';
  readonly trie: NameTrie;
  /** Names that are not declared; undefined where there are none. Declared ones may fit it too. */
  readonly names: Dfa | undefined;
  readonly #isWritable: readonly boolean[];
  /** How many of the members from each one on can be written, and how many are required. */
  readonly #writableFrom: readonly number[];
  readonly #requiredFrom: readonly number[];
  /** How many undeclared names there are. */
  readonly #openCount: number;

  constructor(
    form: ObjectForm,
    levels: number,
    memberOrder: 'declared' | 'any',
    trie: NameTrie = new NameTrie(form.members.map(({ name }) => name)),
  ) {
    this.form = form;
    this.levels = levels;
    this.memberOrder = memberOrder;
    this.trie = trie;
    this.#isWritable = form.members.map(({ goal }) => Number.isFinite(goal.height) && goal.height <= levels);
    this.#writableFrom = sumFromEnd(this.#isWritable);
    this.#requiredFrom = sumFromEnd(form.members.map(({ isRequired }) => isRequired));
    this.#openCount = countOpen(form, levels);
    this.names = this.#openCount > 0 ? form.open?.namesWithin(levels) : undefined;
  }

  member(index: number): Member {
    return this.form.members[index] as Member; // indices come from the trie
  }

  goalOfName(state: number): Goal {
    return (this.form.open as NonNullable<ObjectForm['open']>).goalAt(state); // asked for where `names` accepts
  }

  mayClose(frame: ObjectFrame): boolean {
    return this.#missing(frame) === 0 && frame.count >= this.form.min;
  }

  mayGoOn(frame: ObjectFrame): boolean {
    return this.mayWriteBelow(frame, 0) || this.mayWriteFree(frame);
  }

  /** Whether one of the members below a node of the trie may come now. */
  mayWriteBelow(frame: ObjectFrame, node: number): boolean {
    if (node < 0) return false;
    const below = this.trie.below(node);
    const start = this.memberOrder === 'declared' ? firstFrom(below, frame.next) : 0;
    for (let index = start; index < below.length; index += 1) {
      const member = below[index] as number;
      if (this.mayWrite(frame, member)) return true;
      // In declared order a required member that was passed over rules out all after it.
      if (this.memberOrder === 'declared' && this.#requiredBetween(frame.next, member) > 0) return false;
    }
    return false;
  }

  mayWrite(frame: ObjectFrame, index: number): boolean {
    if (this.#isWritable[index] !== true || frame.count >= this.form.max) return false;
    if (this.memberOrder === 'any') {
      if (((frame.seen >> BigInt(index)) & 1n) === 1n) return false;
      const others = this.#missing(frame) - (this.member(index).isRequired ? 1 : 0);
      return frame.count + 1 + others <= this.form.max;
    }
    if (index < frame.next || this.#requiredBetween(frame.next, index) > 0) return false;
    const later = (this.#writableFrom[index + 1] as number) + this.#openCount - frame.free.length;
    return frame.count + 1 + later >= this.form.min && frame.count + 1 + (this.#requiredFrom[index + 1] as number) <= this.form.max;
  }

  /** Whether a name that is not declared may come now. In declared order it comes after the declared ones. */
  mayWriteFree(frame: ObjectFrame): boolean {
    const left = this.#openCount - frame.free.length;
    const missing = this.#missing(frame);
    if (left <= 0 || frame.count + 1 + missing > this.form.max) return false;
    return this.memberOrder === 'any' || (missing === 0 && frame.count + left >= this.form.min);
  }

  /** How many of the taken names still agree with what was read, and would be accepted. */
  countTaken(frame: ObjectFrame, read: string, node: number): number {
    const names = this.names as Dfa;
    const declared = node < 0 ? 0 : this.trie.below(node).filter((index) => names.matches(this.member(index).name)).length;
    return declared + frame.free.filter((name) => name.startsWith(read)).length;
  }

  /** Required members that are still to be written. */
  #missing(frame: ObjectFrame): number {
    if (this.memberOrder === 'declared') return this.#requiredFrom[frame.next] as number;
    let missing = this.#requiredFrom[0] as number;
    if (frame.seen === 0n) return missing;
    for (const [index, { isRequired }] of this.form.members.entries())
      if (isRequired && ((frame.seen >> BigInt(index)) & 1n) === 1n) missing -= 1;
    return missing;
  }

  #requiredBetween(start: number, index: number): number {
    return (this.#requiredFrom[start] as number) - (this.#requiredFrom[index] as number);
  }
}

function sumFromEnd(flags: readonly boolean[]): readonly number[] {
  const sums = new Array<number>(flags.length + 1).fill(0);
  for (let index = flags.length - 1; index >= 0; index -= 1) sums[index] = (sums[index + 1] as number) + (flags[index] === true ? 1 : 0);
  return sums;
}

/** The place of the first entry that is not below `least`, in ascending order. */
function firstFrom(sorted: readonly number[], least: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
