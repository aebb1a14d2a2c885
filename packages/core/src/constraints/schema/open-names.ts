import { runTogether } from '../regex/combine-dfa.ts';
import { Dfa, type DfaState } from '../regex/dfa.ts';
import type { Goal } from './goal.ts';

/** What `OpenNames` is made of. */
export type OpenNamesParts = Pick<OpenNames, 'states' | 'maxLength' | 'maxCount'> & { readonly goals: OpenNames['endGoals'] };

/**
 * Runs conditions over a name side by side.
 * @param goalOf the goal of a name by which of them accept it; undefined when it is not allowed.
 */
export function openNames(
  conditions: readonly Dfa[],
  goalOf: (accepted: readonly boolean[]) => Goal | undefined,
  bounds: { readonly maxLength: number; readonly maxCount: number },
): OpenNames {
  const { states, accepted } = runTogether(conditions);
  const known = new Map<string, Goal | undefined>();
  const goals = accepted.map((each) => {
    const key = each.join();
    if (!known.has(key)) known.set(key, goalOf(each));
    return known.get(key);
  });
  return new OpenNames({ states, goals, ...bounds });
}

/** Names that an object may have beyond its declared members, and what each one's value must be. */
export class OpenNames {
  /** Characters of a name. */
  readonly maxLength: number;
  /** Most of them in one object. */
  readonly maxCount: number;
  readonly states: readonly DfaState[];
  /** The goal of a name that ends in each state; undefined where no name may end. */
  readonly endGoals: readonly (Goal | undefined)[];
  readonly #byHeight = new Map<number, Dfa>();

  constructor({ states, goals, maxLength, maxCount }: OpenNamesParts) {
    this.states = states;
    this.endGoals = goals;
    this.maxLength = maxLength;
    this.maxCount = maxCount;
  }

  get goals(): readonly Goal[] {
    return [...new Set(this.endGoals.filter((goal) => goal !== undefined))];
  }

  goalAt(state: number): Goal {
    return this.endGoals[state] as Goal; // asked for accepting states alone
  }

  /** The names of which the value can be written within so many levels. */
  namesWithin(height: number): Dfa {
    const steps = this.goals.filter((goal) => goal.height <= height).length;
    let dfa = this.#byHeight.get(steps);
    if (dfa === undefined) {
      dfa = new Dfa(
        this.states.map(({ transitions }, index) => ({
          transitions,
          isAccepting: (this.endGoals[index]?.height ?? Number.POSITIVE_INFINITY) <= height,
        })),
      );
      this.#byHeight.set(steps, dfa);
    }
    return dfa;
  }
}
