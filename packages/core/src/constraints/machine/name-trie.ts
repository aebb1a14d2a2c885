interface TrieNode {
  /** Members whose names begin with what was read, ascending. */
  readonly below: readonly number[];
  /** UTF-16 units read. */
  readonly read: number;
  /** What comes after each character; made when it is first asked for. */
  next: ReadonlyMap<number, number> | undefined;
  /** The member whose name ends here, or -1. */
  readonly member: number;
}

/** The names of an object's declared members, character by character, as far as answers go into them. Node 0 is the start. */
export class NameTrie {
  readonly #names: readonly string[];
  readonly #nodes: TrieNode[] = [];

  /** @param names each is there once */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#add(
      names.map((_, member) => member),
      0,
    );
  }

  /** The node after a character, or -1. */
  step(node: number, codePoint: number): number {
    return this.#nextOf(node).get(codePoint) ?? -1;
  }

  memberAt(node: number): number {
    return this.#nodes[node]?.member ?? -1;
  }

  below(node: number): readonly number[] {
    return this.#nodes[node]?.below ?? [];
  }

  /** The nodes after any of the characters in the ranges. */
  *stepInto(node: number, ranges: readonly number[]): Generator<number> {
    for (const [code, next] of this.#nextOf(node)) {
      for (let index = 0; index < ranges.length; index += 2) {
        if (code >= (ranges[index] as number) && code <= (ranges[index + 1] as number)) yield next;
      }
    }
  }

  #add(below: readonly number[], read: number): number {
    const member = below.find((index) => (this.#names[index] as string).length === read) ?? -1;
    return this.#nodes.push({ below, read, next: undefined, member }) - 1;
  }

  /** One pass over the names below, and none over the rest of them: a schema may have thousands. */
  #nextOf(id: number): ReadonlyMap<number, number> {
    const node = this.#nodes[id];
    if (node === undefined) return none;
    if (node.next !== undefined) return node.next;
    const groups = new Map<number, number[]>();
    for (const member of node.below) {
      const code = (this.#names[member] as string).codePointAt(node.read);
      if (code === undefined) continue; // its name ends here
      const group = groups.get(code);
      if (group === undefined) groups.set(code, [member]);
      else group.push(member);
    }
    const next = new Map([...groups].map(([code, members]) => [code, this.#add(members, node.read + (code > 0xffff ? 2 : 1))]));
    node.next = next;
    return next;
  }
}

const none: ReadonlyMap<number, number> = new Map();
