interface TrieNode {
  readonly next: Map<number, number>;
  /** The member whose name ends here, or -1. */
  member: number;
  /** Members whose names begin with what was read, ascending. */
  readonly below: number[];
}

/** The names of an object's declared members, character by character. Node 0 is the start. */
export class NameTrie {
  readonly #nodes: TrieNode[] = [{ next: new Map(), member: -1, below: [] }];

  constructor(names: readonly string[]) {
    for (const [member, name] of names.entries()) this.#add(name, member);
  }

  /** The node after a character, or -1. */
  step(node: number, codePoint: number): number {
    return this.#nodes[node]?.next.get(codePoint) ?? -1;
  }

  memberAt(node: number): number {
    return this.#nodes[node]?.member ?? -1;
  }

  below(node: number): readonly number[] {
    return this.#nodes[node]?.below ?? [];
  }

  /** The nodes after any of the characters in the ranges. */
  *stepInto(node: number, ranges: readonly number[]): Generator<number> {
    for (const [code, next] of this.#nodes[node]?.next ?? []) {
      for (let index = 0; index < ranges.length; index += 2) {
        if (code >= (ranges[index] as number) && code <= (ranges[index + 1] as number)) yield next;
      }
    }
  }

  #add(name: string, member: number): void {
    let node = this.#nodes[0] as TrieNode;
    node.below.push(member);
    for (const character of name) {
      const code = character.codePointAt(0) as number;
      let next = node.next.get(code);
      if (next === undefined) {
        next = this.#nodes.length;
        node.next.set(code, next);
        this.#nodes.push({ next: new Map(), member: -1, below: [] });
      }
      node = this.#nodes[next] as TrieNode;
      node.below.push(member);
    }
    node.member = member;
  }
}
