/** One transition: code points low to high lead to a state. */
export interface Transition {
  readonly low: number;
  readonly high: number;
  readonly target: number;
}

/** A state before it is frozen. Transitions are sorted and do not overlap. */
export interface DfaState {
  readonly isAccepting: boolean;
  readonly transitions: readonly Transition[];
}

/** Longer than any text. */
export const unreachable = 0x3fffffff;

/**
 * A deterministic automaton over code points. State 0 is the start. Only live transitions are kept: from every state that can be reached, some text
 * is accepted, unless the automaton accepts nothing at all (`isEmpty`).
 */
export class Dfa {
  readonly size: number;
  /** Characters of the shortest text accepted from each state. */
  readonly shortest: Int32Array;
  readonly #accepts: Uint8Array;
  /** Transitions of state s: offsets[s] to offsets[s + 1] of the three arrays. */
  readonly #offsets: Int32Array;
  readonly #lows: Int32Array;
  readonly #highs: Int32Array;
  readonly #targets: Int32Array;
  #longest: Int32Array | undefined;
  #words: Float64Array | undefined;

  constructor(states: readonly DfaState[]) {
    this.size = states.length;
    this.#accepts = Uint8Array.from(states, (state) => (state.isAccepting ? 1 : 0));
    this.shortest = measureShortest(states);
    const live = states.map(({ transitions }) => transitions.filter(({ target }) => this.shortest[target] !== unreachable));
    this.#offsets = new Int32Array(states.length + 1);
    for (const [index, transitions] of live.entries()) this.#offsets[index + 1] = (this.#offsets[index] as number) + transitions.length;
    const flat = live.flat();
    this.#lows = Int32Array.from(flat, ({ low }) => low);
    this.#highs = Int32Array.from(flat, ({ high }) => high);
    this.#targets = Int32Array.from(flat, ({ target }) => target);
  }

  get isEmpty(): boolean {
    return this.shortest[0] === unreachable;
  }

  /** The state after a character, or -1. */
  step(state: number, codePoint: number): number {
    let low = this.#offsets[state] as number;
    let high = (this.#offsets[state + 1] as number) - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (codePoint < (this.#lows[middle] as number)) high = middle - 1;
      else if (codePoint > (this.#highs[middle] as number)) low = middle + 1;
      else return this.#targets[middle] as number;
    }
    return -1;
  }

  /** Whether some character from low to high leads to a state from which a text of at most `room` characters is accepted. */
  canStep(state: number, low: number, high: number, room: number): boolean {
    for (let index = this.#offsets[state] as number; index < (this.#offsets[state + 1] as number); index += 1) {
      if ((this.#lows[index] as number) > high) return false;
      if ((this.#highs[index] as number) >= low && (this.shortest[this.#targets[index] as number] as number) <= room) return true;
    }
    return false;
  }

  isAccepting(state: number): boolean {
    return this.#accepts[state] === 1;
  }

  /** Whether every text is accepted from here on. */
  isUniversal(state: number): boolean {
    const at = this.#offsets[state] as number;
    const isAlone = (this.#offsets[state + 1] as number) === at + 1 && this.#targets[at] === state;
    return isAlone && this.isAccepting(state) && this.#lows[at] === 0 && this.#highs[at] === 0x10ffff;
  }

  transitionsOf(state: number): Transition[] {
    const result: Transition[] = [];
    for (let index = this.#offsets[state] as number; index < (this.#offsets[state + 1] as number); index += 1) {
      result.push({ low: this.#lows[index] as number, high: this.#highs[index] as number, target: this.#targets[index] as number });
    }
    return result;
  }

  matches(text: string): boolean {
    let state = 0;
    for (const character of text) {
      state = this.step(state, character.codePointAt(0) as number);
      if (state < 0) return false;
    }
    return this.isAccepting(state);
  }

  /** Characters of the longest text accepted from a state, or Infinity. */
  longestFrom(state: number): number {
    this.#longest ??= measureLongest(this);
    const longest = this.#longest[state] as number;
    return longest < 0 ? Number.POSITIVE_INFINITY : longest;
  }

  /** How many texts are accepted from a state; Infinity when there is no end of them. */
  countFrom(state: number): number {
    this.#words ??= countWords(this);
    return this.#words[state] as number;
  }
}

/** Breadth first from the accepting states, against the arrows. */
function measureShortest(states: readonly DfaState[]): Int32Array {
  const shortest = new Int32Array(states.length).fill(unreachable);
  const sources: number[][] = states.map(() => []);
  for (const [index, { transitions }] of states.entries()) for (const { target } of transitions) (sources[target] as number[]).push(index);
  let frontier: number[] = [];
  for (const [index, { isAccepting }] of states.entries()) {
    if (!isAccepting) continue;
    shortest[index] = 0;
    frontier.push(index);
  }
  for (let distance = 1; frontier.length > 0; distance += 1) {
    const next: number[] = [];
    for (const index of frontier) {
      for (const source of sources[index] as number[]) {
        if (shortest[source] !== unreachable) continue;
        shortest[source] = distance;
        next.push(source);
      }
    }
    frontier = next;
  }
  return shortest;
}

/** Values in order of completion, depth first without recursion; undefined where a cycle is reached. All states are live. */
function foldAcyclic(
  dfa: Dfa,
  fold: (state: number, targets: readonly (Transition & { readonly value: number })[]) => number,
): (number | undefined)[] {
  const values: (number | undefined)[] = new Array<number | undefined>(dfa.size);
  const marks = new Uint8Array(dfa.size); // 1: open, 2: done
  const stack: number[] = [0];
  while (stack.length > 0) {
    const state = stack.at(-1) as number;
    const transitions = dfa.transitionsOf(state);
    if (marks[state] === 0) {
      marks[state] = 1;
      for (const { target } of transitions) if (marks[target] === 0) stack.push(target);
      continue;
    }
    stack.pop();
    if (marks[state] === 2) continue;
    marks[state] = 2;
    let isEndless = false;
    const known = transitions.map((transition) => {
      const value = values[transition.target];
      if (value === undefined) isEndless = true; // still open, so a cycle, or itself on the way to one
      return { ...transition, value: value ?? 0 };
    });
    if (!isEndless) values[state] = fold(state, known);
  }
  return values;
}

function measureLongest(dfa: Dfa): Int32Array {
  const values = foldAcyclic(dfa, (_, targets) => targets.reduce((longest, { value }) => Math.max(longest, value + 1), 0));
  return Int32Array.from({ length: dfa.size }, (_, state) => values[state] ?? -1);
}

function countWords(dfa: Dfa): Float64Array {
  const values = foldAcyclic(dfa, (state, targets) =>
    targets.reduce((sum, { low, high, value }) => sum + (high - low + 1) * value, dfa.isAccepting(state) ? 1 : 0),
  );
  return Float64Array.from({ length: dfa.size }, (_, state) => values[state] ?? Number.POSITIVE_INFINITY);
}
