import { runTogether } from '../regex/combine-dfa.ts';
import { Dfa, type DfaState } from '../regex/dfa.ts';
import type { Goal } from './goal.ts';

/** Names that an object may have beyond its declared members, and what each one's value must be. */
export class OpenNames {
  /** Characters of a name. */
  readonly maxLength: number;
  /** Most of them in one object. */
  readonly maxCount: number;
  readonly #states: readonly DfaState[];
  /** The goal of a name that ends in each state; undefined where no name may end. */
  readonly #goals: readonly (Goal | undefined)[];
  readonly #byHeight = new Map<number, Dfa>();

  /**
   * @param conditions automata that are run over a name.
   * @param goalOf the goal of a name by which of them accept it; undefined when it is not allowed.
   */
  constructor(
    conditions: readonly Dfa[],
    goalOf: (accepted: readonly boolean[]) => Goal | undefined,
    { maxLength, maxCount }: { readonly maxLength: number; readonly maxCount: number },
  ) {
    const { states, accepted } = runTogether(conditions);
    this.#states = states;
    const known = new Map<string, Goal | undefined>();
    this.#goals = accepted.map((each) => {
      const key = each.join();
      if (!known.has(key)) known.set(key, goalOf(each));
      return known.get(key);
    });
    this.maxLength = maxLength;
    this.maxCount = maxCount;
  }

  get goals(): readonly Goal[] {
    return [...new Set(this.#goals.filter((goal) => goal !== undefined))];
  }

  goalAt(state: number): Goal {
    return this.#goals[state] as Goal; // asked for accepting states alone
  }

  /** The names of which the value can be written within so many levels. */
  namesWithin(height: number): Dfa {
    const steps = this.goals.filter((goal) => goal.height <= height).length;
    let dfa = this.#byHeight.get(steps);
    if (dfa === undefined) {
      dfa = new Dfa(
        this.#states.map(({ transitions }, index) => ({
          transitions,
          isAccepting: (this.#goals[index]?.height ?? Number.POSITIVE_INFINITY) <= height,
        })),
      );
      this.#byHeight.set(steps, dfa);
    }
    return dfa;
  }
}
