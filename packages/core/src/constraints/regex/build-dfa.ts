import { pairs } from './char-set.ts';
import { Dfa, type DfaState, type Transition } from './dfa.ts';
import { type RegexNode, RegexRefusal } from './parse-regex.ts';

// Real patterns make under 100 nodes and states; these bounds keep a hostile one under about 20 ms.
const maxNodes = 6000;
const maxStates = 1500;
const maxWork = 400_000;

type NfaNode =
  | { readonly type: 'chars'; readonly ranges: readonly (readonly [number, number])[]; readonly next: number }
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
      return push(nodes, { type: 'chars', ranges: pairs(node.set), next });
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
    const transitions = closure.isFound ? [{ low: 0, high: 0x10ffff, target: index }] : listTransitions(nodes, closure, again, idOf, work);
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

function listTransitions(
  nodes: readonly NfaNode[],
  { waiting }: Closure,
  again: readonly number[],
  idOf: (found: readonly number[]) => number,
  work: { left: number },
): Transition[] {
  // Everywhere the search may begin anew, so each character leads at least to `again`.
  const starts = new Map<number, number[]>([[0, []]]);
  const ends = new Map<number, number[]>();
  for (const id of waiting) {
    const node = nodes[id] as NfaNode;
    if (node.type !== 'chars') continue;
    for (const [low, high] of node.ranges) {
      starts.set(low, [...(starts.get(low) ?? []), node.next]);
      ends.set(high + 1, [...(ends.get(high + 1) ?? []), node.next]);
    }
    work.left -= node.ranges.length;
  }
  const points = [...new Set([...starts.keys(), ...ends.keys()])].sort((a, b) => a - b);
  const active = new Map<number, number>();
  const targets = new Map<string, number>();
  const result: { low: number; high: number; target: number }[] = [];
  for (const [index, low] of points.entries()) {
    if (low > 0x10ffff) break;
    for (const next of ends.get(low) ?? []) active.set(next, (active.get(next) ?? 0) - 1);
    for (const next of starts.get(low) ?? []) active.set(next, (active.get(next) ?? 0) + 1);
    const nexts = [...active].filter(([, count]) => count > 0).map(([next]) => next);
    const key = nexts.sort((a, b) => a - b).join(',');
    let target = targets.get(key);
    if (target === undefined) {
      target = idOf([...new Set([...followEmpty(nodes, nexts, { atStart: false, atEnd: false }), ...again])]);
      targets.set(key, target);
    }
    work.left -= nexts.length + 1;
    const high = (points[index + 1] ?? 0x110000) - 1;
    const last = result.at(-1);
    if (last !== undefined && last.target === target && last.high === low - 1) last.high = high;
    else result.push({ low, high, target });
  }
  return result;
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
