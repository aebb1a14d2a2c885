import { Dfa, type DfaState, type Transition } from './dfa.ts';
import { RegexRefusal } from './parse-regex.ts';

const maxProductStates = 3000; // joined formats and patterns of real schemas stay under 500

/** The texts that both accept. @throws RegexRefusal when it takes more than 3,000 states */
export function intersectDfas(left: Dfa, right: Dfa): Dfa {
  return combine([left, right], (accepts) => accepts.every(Boolean), false, maxProductStates);
}

/** The texts that one of them accepts. @throws RegexRefusal as above */
export function uniteDfas(dfas: readonly Dfa[], maxStates: number = maxProductStates): Dfa {
  return combine(dfas, (accepts) => accepts.some(Boolean), true, maxStates);
}

/** Automata side by side: one automaton that accepts everything, and for each of its states which of them accept there. */
export function runTogether(dfas: readonly Dfa[]): {
  readonly states: readonly DfaState[];
  readonly accepted: readonly (readonly boolean[])[];
} {
  const accepted: (readonly boolean[])[] = [];
  const note = (each: readonly boolean[]): boolean => {
    accepted.push(each.slice(1));
    return true;
  };
  const states = listStates([lengthDfa(0, Number.POSITIVE_INFINITY), ...dfas], note, true, maxProductStates);
  return { states, accepted };
}

function combine(dfas: readonly Dfa[], accepts: (each: readonly boolean[]) => boolean, survivesAlone: boolean, maxStates: number): Dfa {
  return new Dfa(listStates(dfas, accepts, survivesAlone, maxStates));
}

/** Runs automata side by side; `-1` in a place means that one has stopped. `accepts` is called once per state, in order. */
function listStates(
  dfas: readonly Dfa[],
  accepts: (each: readonly boolean[]) => boolean,
  survivesAlone: boolean,
  maxStates: number,
): DfaState[] {
  const states: DfaState[] = [];
  const tuples: (readonly number[])[] = [];
  const ids = new Map<string, number>();
  const idOf = (tuple: readonly number[]): number => {
    const key = tuple.join(',');
    const known = ids.get(key);
    if (known !== undefined) return known;
    if (tuples.length >= maxStates)
      throw new RegexRefusal(`needs an automaton of more than ${maxStates} states, joined with the other conditions`);
    ids.set(key, tuples.length);
    tuples.push(tuple);
    return tuples.length - 1;
  };
  idOf(dfas.map((dfa) => (dfa.isEmpty ? -1 : 0)));
  for (let index = 0; index < tuples.length; index += 1) {
    const tuple = tuples[index] as readonly number[];
    const each = tuple.map((state, i) => (state < 0 ? [] : (dfas[i] as Dfa).transitionsOf(state)));
    const isDead = survivesAlone ? tuple.every((state) => state < 0) : tuple.some((state) => state < 0);
    states.push({
      isAccepting: !isDead && accepts(tuple.map((state, i) => state >= 0 && (dfas[i] as Dfa).isAccepting(state))),
      transitions: isDead ? [] : alignTransitions(each, survivesAlone, idOf),
    });
  }
  return states;
}

function alignTransitions(
  each: readonly (readonly Transition[])[],
  survivesAlone: boolean,
  idOf: (tuple: readonly number[]) => number,
): Transition[] {
  const points = [...new Set(each.flatMap((transitions) => transitions.flatMap(({ low, high }) => [low, high + 1])))].sort((a, b) => a - b);
  const places = each.map(() => 0);
  const result: Transition[] = [];
  for (let index = 0; index + 1 < points.length; index += 1) {
    const low = points[index] as number;
    const tuple = each.map((transitions, i) => {
      while ((transitions[places[i] as number]?.high ?? Number.POSITIVE_INFINITY) < low) places[i] = (places[i] as number) + 1;
      const transition = transitions[places[i] as number];
      return transition !== undefined && transition.low <= low ? transition.target : -1;
    });
    if (survivesAlone ? tuple.every((state) => state < 0) : tuple.some((state) => state < 0)) continue;
    result.push({ low, high: (points[index + 1] as number) - 1, target: idOf(tuple) });
  }
  return result;
}

/** Exactly these texts. Shared beginnings share states. */
export function literalsDfa(texts: Iterable<string>): Dfa {
  const nodes: { isAccepting: boolean; readonly next: Map<number, number> }[] = [{ isAccepting: false, next: new Map() }];
  for (const text of texts) {
    let node = 0;
    for (const character of text) {
      const code = character.codePointAt(0) as number;
      const { next } = nodes[node] as (typeof nodes)[number];
      let target = next.get(code);
      if (target === undefined) {
        target = nodes.length;
        next.set(code, target);
        nodes.push({ isAccepting: false, next: new Map() });
      }
      node = target;
    }
    (nodes[node] as (typeof nodes)[number]).isAccepting = true;
  }
  return new Dfa(
    nodes.map(({ isAccepting, next }) => ({
      isAccepting,
      transitions: [...next].sort((a, b) => a[0] - b[0]).map(([code, target]) => ({ low: code, high: code, target })),
    })),
  );
}

/** Texts of min to max characters; max may be Infinity. */
export function lengthDfa(min: number, max: number): Dfa {
  const isEndless = max === Number.POSITIVE_INFINITY;
  const count = (isEndless ? min : max) + 1;
  return new Dfa(
    Array.from({ length: count }, (_, index) => ({
      isAccepting: index >= min,
      transitions: index + 1 < count || isEndless ? [{ low: 0, high: 0x10ffff, target: Math.min(index + 1, count - 1) }] : [],
    })),
  );
}
