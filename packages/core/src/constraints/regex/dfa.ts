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

/** An automaton as flat arrays: what a thread can send. */
export interface DfaTables {
  readonly shortest: Int32Array;
  readonly accepts: Uint8Array;
  /** Transitions of state s: offsets[s] to offsets[s + 1] of the three arrays. */
  readonly offsets: Int32Array;
  readonly lows: Int32Array;
  readonly highs: Int32Array;
  readonly targets: Int32Array;
}

/**
 * A deterministic automaton over code points. State 0 is the start. Only live transitions are kept: from every state that can be reached, some text
 * is accepted, unless the automaton accepts nothing at all (`isEmpty`).
 */
export class Dfa {
  readonly size: number;
  /** Characters of the shortest text accepted from each state. */
  readonly shortest: Int32Array;
  readonly tables: DfaTables;
  readonly #accepts: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #lows: Int32Array;
  readonly #highs: Int32Array;
  readonly #targets: Int32Array;
  #longest: Int32Array | undefined;
  #words: Float64Array | undefined;

  /** @param source states, or the tables of an automaton made before */
  constructor(source: readonly DfaState[] | DfaTables) {
    this.tables = 'offsets' in source ? source : tabulate(source);
    const { shortest, accepts, offsets, lows, highs, targets } = this.tables;
    this.size = shortest.length;
    this.shortest = shortest;
    this.#accepts = accepts;
    this.#offsets = offsets;
    this.#lows = lows;
    this.#highs = highs;
    this.#targets = targets;
  }

  get transitionCount(): number {
    return this.#lows.length;
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
    this.#longest ??= measureLongest(this.#successors());
    const longest = this.#longest[state] as number;
    return longest < 0 ? Number.POSITIVE_INFINITY : longest;
  }

  /** How many texts are accepted from a state; Infinity when there is no end of them. */
  countFrom(state: number): number {
    this.#words ??= countWords(this, this.#successors());
    return this.#words[state] as number;
  }

  /** The states that follow each state, once each. */
  #successors(): readonly (readonly number[])[] {
    return Array.from({ length: this.size }, (_, state) => [
      ...new Set(this.#targets.subarray(this.#offsets[state] as number, this.#offsets[state + 1] as number)),
    ]);
  }
}

function tabulate(states: readonly DfaState[]): DfaTables {
  const shortest = measureShortest(states, states.map(listSuccessors));
  const count = states.reduce((sum, { transitions }) => sum + transitions.length, 0);
  const offsets = new Int32Array(states.length + 1);
  const [lows, highs, targets] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  let at = 0;
  for (const [index, { transitions }] of states.entries()) {
    for (const { low, high, target } of transitions) {
      if (shortest[target] === unreachable) continue;
      lows[at] = low;
      highs[at] = high;
      targets[at] = target;
      at += 1;
    }
    offsets[index + 1] = at;
  }
  const accepts = Uint8Array.from(states, ({ isAccepting }) => (isAccepting ? 1 : 0));
  return { shortest, accepts, offsets, lows: lows.slice(0, at), highs: highs.slice(0, at), targets: targets.slice(0, at) };
}

function listSuccessors({ transitions }: DfaState): readonly number[] {
  const targets: number[] = [];
  for (const { target } of transitions) if (targets.at(-1) !== target) targets.push(target);
  return targets.length < 3 && targets[0] !== targets[1] ? targets : [...new Set(targets)];
}

/** Breadth first from the accepting states, against the arrows. */
function measureShortest(states: readonly DfaState[], successors: readonly (readonly number[])[]): Int32Array {
  const sources = turnRound(successors);
  const shortest = new Int32Array(states.length).fill(unreachable);
  const queue = new Int32Array(states.length);
  let end = 0;
  for (const [index, { isAccepting }] of states.entries()) {
    if (!isAccepting) continue;
    shortest[index] = 0;
    queue[end++] = index;
  }
  for (let place = 0; place < end; place += 1) {
    const index = queue[place] as number;
    for (let at = sources.offsets[index] as number; at < (sources.offsets[index + 1] as number); at += 1) {
      const source = sources.of[at] as number;
      if (shortest[source] !== unreachable) continue;
      shortest[source] = (shortest[index] as number) + 1;
      queue[end++] = source;
    }
  }
  return shortest;
}

/** Which states each state follows: of[offsets[s]] to of[offsets[s + 1] - 1]. */
function turnRound(successors: readonly (readonly number[])[]): { readonly offsets: Int32Array; readonly of: Int32Array } {
  const offsets = new Int32Array(successors.length + 1);
  for (const targets of successors) for (const target of targets) offsets[target + 1] = (offsets[target + 1] as number) + 1;
  for (let state = 0; state < successors.length; state += 1)
    offsets[state + 1] = (offsets[state + 1] as number) + (offsets[state] as number);
  const of = new Int32Array(offsets[successors.length] as number);
  const next = offsets.slice();
  for (const [index, targets] of successors.entries()) {
    for (const target of targets) {
      of[next[target] as number] = index;
      next[target] = (next[target] as number) + 1;
    }
  }
  return { offsets, of };
}

/** Values in order of completion, depth first without recursion; undefined where a cycle is reached. All states are live. */
function foldAcyclic(
  successors: readonly (readonly number[])[],
  fold: (state: number, valueAt: (target: number) => number) => number,
): (number | undefined)[] {
  const values: (number | undefined)[] = new Array<number | undefined>(successors.length);
  const valueAt = (target: number): number => values[target] as number;
  const marks = new Uint8Array(successors.length); // 1: open, 2: done
  const stack: number[] = [0];
  while (stack.length > 0) {
    const state = stack.at(-1) as number;
    const targets = successors[state] as readonly number[];
    if (marks[state] === 0) {
      marks[state] = 1;
      for (const target of targets) if (marks[target] === 0) stack.push(target);
      continue;
    }
    stack.pop();
    if (marks[state] === 2) continue;
    marks[state] = 2;
    // A target without a value is still open, so a cycle, or itself on the way to one.
    if (targets.every((target) => values[target] !== undefined)) values[state] = fold(state, valueAt);
  }
  return values;
}

function measureLongest(successors: readonly (readonly number[])[]): Int32Array {
  const values = foldAcyclic(successors, (state, valueAt) =>
    (successors[state] as readonly number[]).reduce((longest, target) => Math.max(longest, valueAt(target) + 1), 0),
  );
  return Int32Array.from({ length: successors.length }, (_, state) => values[state] ?? -1);
}

function countWords(dfa: Dfa, successors: readonly (readonly number[])[]): Float64Array {
  const values = foldAcyclic(successors, (state, valueAt) =>
    dfa
      .transitionsOf(state)
      .reduce((sum, { low, high, target }) => sum + (high - low + 1) * valueAt(target), dfa.isAccepting(state) ? 1 : 0),
  );
  return Float64Array.from({ length: dfa.size }, (_, state) => values[state] ?? Number.POSITIVE_INFINITY);
}
