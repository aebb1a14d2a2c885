import type { CompiledSchema } from '../compile-schema.ts';
import type { Dfa, DfaTables } from '../regex/dfa.ts';
import type { Form, Goal, ObjectForm } from '../schema/goal.ts';
import type { OpenNames } from '../schema/open-names.ts';
import type { PackedForm, PackedGoal, PackedHead, PackedOpenNames, PackedPart } from './packed-schema.ts';

/** Units of one part: a millisecond or two for its reader. A goal or automaton is not divided. */
const unitsPerPart = 2000;
const unitBytes = 2000; // memory is copied at some gigabytes a second

/** Writes a compiled schema down in parts of limited work. What only compiling needs is left out. */
export function packSchema({ root, isWhole }: CompiledSchema): { readonly head: PackedHead; readonly parts: readonly PackedPart[] } {
  const packer = new Packer(root);
  const parts = packer.pack();
  return { head: { goals: packer.goalCount, isWhole }, parts };
}

class Packer {
  readonly #goals: Goal[];
  readonly #goalIds: Map<Goal, number>;
  readonly #automata = new Map<Dfa, number>();
  #units = 0;
  #newAutomata: DfaTables[] = [];

  constructor(root: Goal) {
    this.#goals = [root];
    this.#goalIds = new Map([[root, 0]]);
  }

  get goalCount(): number {
    return this.#goals.length;
  }

  pack(): readonly PackedPart[] {
    const parts: PackedPart[] = [];
    let goals: PackedGoal[] = [];
    const close = (): void => {
      if (goals.length === 0) return;
      parts.push({ goals, automata: this.#newAutomata, units: this.#units });
      goals = [];
      this.#newAutomata = [];
      this.#units = 0;
    };
    // The list grows while it is read: with the goals that are met.
    for (const { height, forms } of this.#goals) {
      this.#units += 1;
      goals.push({ height, forms: forms.map((form) => this.#packForm(form)) });
      if (this.#units >= unitsPerPart) close();
    }
    close();
    return parts;
  }

  #idOf(goal: Goal): number {
    let id = this.#goalIds.get(goal);
    if (id === undefined) {
      id = this.#goals.push(goal) - 1;
      this.#goalIds.set(goal, id);
    }
    return id;
  }

  #automatonOf(dfa: Dfa): number {
    let id = this.#automata.get(dfa);
    if (id === undefined) {
      id = this.#automata.size;
      this.#automata.set(dfa, id);
      this.#newAutomata.push(dfa.tables);
      const { shortest, lows } = dfa.tables;
      this.#units += 4 + (shortest.byteLength * 2 + lows.byteLength * 3) / unitBytes;
    }
    return id;
  }

  #packForm(form: Form): PackedForm {
    this.#units += 1;
    switch (form.type) {
      case 'literal':
        return form;
      case 'number':
        return { type: 'number', dfa: this.#automatonOf(form.dfa), only: form.only };
      case 'string': {
        const { dfa, min, max, isDefaultBound } = form;
        return { type: 'string', dfa: dfa && this.#automatonOf(dfa), min, max, isDefaultBound };
      }
      case 'array': {
        const { prefix, rest, min, max, isDefaultBound, distinct } = form;
        this.#units += prefix.length / 10;
        return {
          type: 'array',
          prefix: prefix.map((goal) => this.#idOf(goal)),
          rest: this.#idOf(rest),
          min,
          max,
          isDefaultBound,
          distinct: distinct?.map((entry) => this.#packForm(entry)),
        };
      }
      case 'object':
        return this.#packObject(form);
      default:
        return form satisfies never;
    }
  }

  #packObject({ members, open, min, max }: ObjectForm): PackedForm {
    this.#units += members.length / 5;
    return {
      type: 'object',
      names: members.map(({ name }) => name),
      goals: Int32Array.from(members, ({ goal }) => this.#idOf(goal)),
      required: Uint8Array.from(members, ({ isRequired }) => (isRequired ? 1 : 0)),
      open: open && this.#packOpen(open),
      min,
      max,
    };
  }

  #packOpen({ states, endGoals, maxLength, maxCount }: OpenNames): PackedOpenNames {
    const offsets = new Int32Array(states.length + 1);
    const transitions: number[] = [];
    for (const [index, state] of states.entries()) {
      for (const { low, high, target } of state.transitions) transitions.push(low, high, target);
      offsets[index + 1] = transitions.length / 3;
    }
    this.#units += states.length / 4 + transitions.length / 12;
    const goals = Int32Array.from(endGoals, (goal) => (goal === undefined ? -1 : this.#idOf(goal)));
    return { maxLength, maxCount, goals, offsets, transitions: Int32Array.from(transitions) };
  }
}
