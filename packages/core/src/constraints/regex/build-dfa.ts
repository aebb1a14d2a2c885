import type { CharSet } from './char-set.ts';
import { Dfa, type DfaState, type Transition } from './dfa.ts';
import { type RegexNode, RegexRefusal } from './parse-regex.ts';

// Real patterns make under 100 nodes and states; these bounds keep a hostile one under about 20 ms.
const maxNodes = 6000;
const maxStates = 1500;
const maxWork = 400_000;

type NfaNode =
  | { readonly type: 'chars'; readonly set: CharSet; readonly next: number }
  | { readonly type: 'split'; nexts: number[] }
  | { readonly type: 'start' | 'end'; readonly next: number }
  | { readonly type: 'accept' };

/**
 * A pattern as an automaton that accepts the texts in which it is found somewhere, as JSON Schema means it: `^` and `$` tie it to the ends.
 * @throws RegexRefusal when it takes more than 1,500 states
 */
export function buildDfa(pattern: RegexNode): Dfa {
  const nodes: NfaNode[] = [{ type: 'accept' }];
  const start = addNode(nodes, pattern, 0);
  return determinize(nodes, start);
}

function addNode(nodes: NfaNode[], node: RegexNode, next: number): number {
  switch (node.type) {
    case 'chars':
      return push(nodes, { type: 'chars', set: node.set, next });
    case 'start':
    case 'end':
      return push(nodes, { type: node.type, next });
    case 'concat':
      return node.parts.reduceRight((after, part) => addNode(nodes, part, after), next);
    case 'alternatives':
      return push(nodes, { type: 'split', nexts: node.options.map((option) => addNode(nodes, option, next)) });
    case 'repeat':
      return addRepeat(nodes, node, next);
    default:
      return node satisfies never;
  }
}

function addRepeat(nodes: NfaNode[], { node, min, max }: RegexNode & { readonly type: 'repeat' }, next: number): number {
  let after = next;
  if (max === Number.POSITIVE_INFINITY) {
    const loop: NfaNode & { readonly type: 'split' } = { type: 'split', nexts: [] };
    after = push(nodes, loop);
    loop.nexts = [addNode(nodes, node, after), next];
  } else {
    for (let count = min; count < max; count += 1) after = push(nodes, { type: 'split', nexts: [addNode(nodes, node, after), next] });
  }
  for (let count = 0; count < min; count += 1) after = addNode(nodes, node, after);
  return after;
}

function push(nodes: NfaNode[], node: NfaNode): number {
  if (nodes.length >= maxNodes) throw new RegexRefusal(`is too large when its repetitions are written out (over ${maxNodes} parts)`);
  nodes.push(node);
  return nodes.length - 1;
}

/** What a state is made of: the nodes that wait for a character. `isFound`: the pattern was found, whatever follows. */
interface Closure {
  readonly waiting: readonly number[];
  readonly isFound: boolean;
  readonly isAccepting: boolean;
}

function determinize(nodes: readonly NfaNode[], start: number): Dfa {
  const again = followEmpty(nodes, [start], { atStart: false, atEnd: false });
  const alphabet = sortCharacters(nodes.flatMap((node) => (node.type === 'chars' ? [node.set] : [])));
  const states: (DfaState | undefined)[] = [];
  const closures: Closure[] = [];
  const idByKey = new Map<string, number>();
  const work = { left: maxWork };
  const idOf = (found: readonly number[]): number => {
    const closure = describe(nodes, found);
    const key = closure.isFound ? 'found' : `${closure.isAccepting ? 'a' : ''}${closure.waiting.join(',')}`;
    work.left -= closure.waiting.length;
    const known = idByKey.get(key);
    if (known !== undefined) return known;
    if (closures.length >= maxStates) throw new RegexRefusal(`needs an automaton of more than ${maxStates} states`);
    idByKey.set(key, closures.length);
    closures.push(closure);
    return closures.length - 1;
  };
  idOf(followEmpty(nodes, [start], { atStart: true, atEnd: false }));
  for (let index = 0; index < closures.length; index += 1) {
    const closure = closures[index] as Closure;
    const transitions = closure.isFound
      ? [{ low: 0, high: 0x10ffff, target: index }]
      : listTransitions({ nodes, alphabet, again, idOf, work }, closure);
    states.push({ isAccepting: closure.isAccepting, transitions });
    if (work.left < 0) throw new RegexRefusal('takes too long to turn into an automaton');
  }
  return new Dfa(states as DfaState[]);
}

function describe(nodes: readonly NfaNode[], found: readonly number[]): Closure {
  const isFound = found.some((id) => nodes[id]?.type === 'accept');
  const atEnd = isFound ? found : followEmpty(nodes, found, { atStart: false, atEnd: true });
  return {
    waiting: found.filter((id) => nodes[id]?.type === 'chars' || nodes[id]?.type === 'end').sort((a, b) => a - b),
    isFound,
    isAccepting: isFound || atEnd.some((id) => nodes[id]?.type === 'accept'),
  };
}

interface Determinizer {
  readonly nodes: readonly NfaNode[];
  readonly alphabet: Alphabet;
  /** Everywhere the search may begin anew, so each character leads at least to these. */
  readonly again: readonly number[];
  readonly idOf: (found: readonly number[]) => number;
  readonly work: { left: number };
}

function listTransitions({ nodes, alphabet, again, idOf, work }: Determinizer, { waiting }: Closure): Transition[] {
  const { points, kinds, members } = alphabet;
  const readers = waiting.map((id) => nodes[id] as NfaNode).filter((node) => node.type === 'chars');
  const known = new Map<string, number>();
  const targets = members.map((sets): number => {
    const nexts = readers.filter(({ set }) => sets.has(set)).map(({ next }) => next);
    const key = nexts.join();
    let target = known.get(key);
    if (target === undefined) {
      target = idOf([...new Set([...followEmpty(nodes, nexts, { atStart: false, atEnd: false }), ...again])]);
      known.set(key, target);
    }
    return target;
  });
  work.left -= (readers.length + 1) * members.length + points.length / 8;
  const result: { low: number; high: number; target: number }[] = [];
  for (const [index, low] of points.entries()) {
    const target = targets[kinds[index] as number] as number;
    const high = (points[index + 1] ?? 0x110000) - 1;
    const last = result.at(-1);
    if (last?.target === target) last.high = high;
    else result.push({ low, high, target });
  }
  return result;
}

/** The code points in kinds: those of one kind stand in the same sets of a pattern, so that a state need not tell them apart. */
interface Alphabet {
  /** Where a run of one kind begins; the first is 0. */
  readonly points: readonly number[];
  /** The kind of each run. */
  readonly kinds: readonly number[];
  /** The sets that each kind stands in. */
  readonly members: readonly ReadonlySet<CharSet>[];
}

function sortCharacters(all: readonly CharSet[]): Alphabet {
  const sets = [...new Set(all)];
  const edges = new Map<number, CharSet[]>([[0, []]]);
  for (const set of sets) {
    for (const [index, edge] of set.entries()) {
      const point = index % 2 === 0 ? edge : edge + 1;
      const here = edges.get(point);
      if (here === undefined) edges.set(point, [set]);
      else here.push(set);
    }
  }
  edges.delete(0x110000);
  const points = [...edges.keys()].sort((a, b) => a - b);
  const ids = new Map(sets.map((set, index) => [set, index]));
  const inside = new Set<CharSet>();
  const kindByKey = new Map<string, number>();
  const members: ReadonlySet<CharSet>[] = [];
  const kinds = points.map((point) => {
    for (const set of edges.get(point) ?? []) if (!inside.delete(set)) inside.add(set);
    const key = [...inside]
      .map((set) => ids.get(set))
      .sort()
      .join();
    let kind = kindByKey.get(key);
    if (kind === undefined) {
      kind = members.length;
      kindByKey.set(key, kind);
      members.push(new Set(inside));
    }
    return kind;
  });
  return { points, kinds, members };
}

/** The nodes that are reached without reading a character. */
function followEmpty(
  nodes: readonly NfaNode[],
  from: readonly number[],
  { atStart, atEnd }: { readonly atStart: boolean; readonly atEnd: boolean },
): number[] {
  const seen = new Set(from);
  const stack = [...from];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = nodes[id] as NfaNode;
    const nexts =
      node.type === 'split' ? node.nexts : (node.type === 'start' && atStart) || (node.type === 'end' && atEnd) ? [node.next] : [];
    for (const next of nexts) {
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return [...seen];
}
