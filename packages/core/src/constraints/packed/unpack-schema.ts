import type { CompiledSchema } from '../compile-schema.ts';
import type { ConstraintProfile } from '../limits.ts';
import { Dfa } from '../regex/dfa.ts';
import type { Form, Goal, Member } from '../schema/goal.ts';
import { impossible } from '../schema/goal.ts';
import { OpenNames } from '../schema/open-names.ts';
import type { PackedForm, PackedHead, PackedOpenNames, PackedPart } from './packed-schema.ts';

/** Reads a packed schema, part by part: each is a little work, and others may have a turn in between. */
export class SchemaReader {
  readonly #profile: ConstraintProfile;
  readonly #isWhole: boolean;
  readonly #goals: readonly Goal[];
  readonly #automata: Dfa[] = [];
  #filled = 0;

  constructor({ goals, isWhole }: PackedHead, profile: ConstraintProfile) {
    this.#profile = profile;
    this.#isWhole = isWhole;
    this.#goals = Array.from({ length: goals }, (_, id): Goal => ({ id, nodes: [], forms: [], height: impossible }));
  }

  add({ automata, goals }: PackedPart): void {
    for (const tables of automata) this.#automata.push(new Dfa(tables));
    for (const { height, forms } of goals) {
      const goal = this.#goals[this.#filled] as Goal; // the head counted them
      goal.height = height;
      goal.forms = forms.map((form) => this.#read(form));
      this.#filled += 1;
    }
  }

  /** The schema, after its last part. */
  finish(): CompiledSchema {
    return { root: this.#goals[0] as Goal, profile: this.#profile, isWhole: this.#isWhole };
  }

  #goalAt(id: number): Goal {
    return this.#goals[id] as Goal;
  }

  #read(form: PackedForm): Form {
    switch (form.type) {
      case 'literal':
        return form;
      case 'number': {
        const dfa = this.#automata[form.dfa] as Dfa;
        return form.only === undefined ? { type: 'number', dfa } : { type: 'number', dfa, only: form.only };
      }
      case 'string':
        return { ...form, dfa: form.dfa === undefined ? undefined : this.#automata[form.dfa] };
      case 'array':
        return {
          ...form,
          prefix: form.prefix.map((id) => this.#goalAt(id)),
          rest: this.#goalAt(form.rest),
          distinct: form.distinct?.map((entry) => this.#read(entry)),
        };
      case 'object': {
        const { names, goals, required, open, min, max } = form;
        const members = names.map(
          (name, index): Member => ({ name, goal: this.#goalAt(goals[index] as number), isRequired: required[index] === 1 }),
        );
        return { type: 'object', members, open: open && this.#readOpen(open), min, max };
      }
      default:
        return form satisfies never;
    }
  }

  #readOpen({ maxLength, maxCount, goals, offsets, transitions }: PackedOpenNames): OpenNames {
    const states = Array.from({ length: goals.length }, (_, state) => {
      const from = offsets[state] as number;
      const count = (offsets[state + 1] as number) - from;
      return {
        isAccepting: true, // which names may end is told by their goals
        transitions: Array.from({ length: count }, (__, index) => ({
          low: transitions[(from + index) * 3] as number,
          high: transitions[(from + index) * 3 + 1] as number,
          target: transitions[(from + index) * 3 + 2] as number,
        })),
      };
    });
    return new OpenNames({ states, goals: Array.from(goals, (id) => (id < 0 ? undefined : this.#goalAt(id))), maxLength, maxCount });
  }
}
