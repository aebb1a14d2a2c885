import type { KvCache } from './kv-cache.ts';
import { heldTokens, type Row, type RowTable } from './row-table.ts';

/**
 * How much longer than needed rows are made where that is free: prompts and answers grow, and each time all that counts is copied. Not without end, because the
 * attention of a run takes scratch memory by the length of its row, used or not (20 KB a token in a chunk of the 0.8B).
 */
const growthFactor = 1.5;

/**
 * Shares the memory of the cache between rows that grow. The cache is a rectangle, rows x longest, so one long answer costs all of them.
 * Where it would become too large, parked rows go first, the oldest before the others; then the rows that were opened last lose their tokens and wait, and read
 * them again when there is room. The row that was opened first is never stopped, so that every answer comes to its end.
 *
 * To lay the cache out anew is to copy what counts. Where memory is committed at first use, room that nobody has asked for yet is free: then as many rows as may
 * stay idle are laid out at once, each with room to grow. A row that was laid out counts as if it were full wherever bytes are held against `maxIdleBytes` or
 * the cache's own bound, so what is resident is less than what is counted, never more.
 */
export class RowMemory {
  readonly #cache: KvCache;
  readonly #table: RowTable;
  readonly #maxIdleBytes: number;
  /** Tokens that rows were given room for since the round began, and which are not written yet. */
  readonly #promised = new Map<Row, number>();

  constructor(cache: KvCache, table: RowTable, maxIdleBytes: number) {
    this.#cache = cache;
    this.#table = table;
    this.#maxIdleBytes = maxIdleBytes;
  }

  /** Begins a round: what was promised in the last one has been written, or is not needed any more. */
  beginRound(): void {
    this.#promised.clear();
  }

  /**
   * Makes room for `tokens` tokens of `row`. Resolves to false when rows that were opened before it need the memory: it has to wait for them.
   * Every other row that holds tokens gets room for one more, which steps of its neighbours may write into, and keeps what it was promised in this round.
   */
  async ensure(row: Row, tokens: number): Promise<boolean> {
    try {
      const hasRoom = await this.#makeRoom(row, tokens);
      if (hasRoom) this.#promised.set(row, tokens);
      return hasRoom;
    } catch (error) {
      // The allocation failed and nothing is left: the others read their tokens again.
      for (const other of this.#table.inState('active')) loseTokens(other);
      this.#table.clearParked();
      throw error;
    }
  }

  async #makeRoom(row: Row, tokens: number): Promise<boolean> {
    const needed = (rows: readonly Row[]): number =>
      Math.min(this.#cache.maxTokens, Math.max(...rows.map((other) => this.#needOf(other, other === row ? tokens : undefined))));
    const active = this.#table.inState('active');
    // The one opened first comes first.
    const holders = active.filter((other) => other === row || other.resident > 0);
    if (row.index < this.#cache.rows && needed(holders) <= this.#cache.capacity) return true;
    const kept = [...holders, ...this.#parkedThatStay(holders, active, needed)];
    while (!this.#cache.fits(kept.length, needed(kept))) {
      const last = kept.pop(); // `row` alone always fits
      if (last === row) return false;
    }
    for (const other of active) if (!kept.includes(other)) loseTokens(other);
    this.#table.clearParked(kept);
    const { rows, longest } = this.#roomFor(kept, needed(kept));
    await this.#cache.layOut(
      kept.map((other) => ({ index: other.index, tokens: heldTokens(other) })),
      rows,
      longest,
    );
    this.#table.arrange(kept);
    return true;
  }

  /** Tokens that a row cannot do without: `asked` of the row that asks, of another one what it holds and was promised. */
  #needOf(row: Row, asked: number | undefined): number {
    const held = heldTokens(row);
    if (asked !== undefined || row.state === 'parked') return Math.max(held, asked ?? 0);
    return Math.max(held, row.resident + 1, this.#promised.get(row) ?? 0);
  }

  /**
   * Parked rows that are worth moving, the last used first: those that a row at work is about to copy from, and those that may stay when nothing runs. The
   * others would be given back then, and this row's tokens with them.
   */
  #parkedThatStay(holders: readonly Row[], active: readonly Row[], needed: (rows: readonly Row[]) => number): readonly Row[] {
    const sources = new Set(active.map(({ copyFrom }) => copyFrom));
    const parked = this.#table.inState('parked').toReversed();
    const copied = parked.filter((row) => sources.has(row));
    const others = parked.filter((row) => !sources.has(row));
    while (others.length > 0) {
      const rows = [...holders, ...copied, ...others];
      if (rows.length * this.#cache.bytesFor(this.#wished(rows, needed(rows))) <= this.#maxIdleBytes) break;
      others.pop();
    }
    return [...copied, ...others];
  }

  /** Tokens for the longest of these rows, and what the answers among them are expected to reach. Where a row costs its capacity anyway, that stays as it is. */
  #wished(rows: readonly Row[], needed: number): number {
    const expected = rows.map((row) => (row.state === 'active' ? row.expected : 0));
    return Math.max(needed, ...expected, this.#cache.isCommittedAtUse ? 0 : this.#cache.capacity);
  }

  /** How the cache is laid out for these rows. */
  #roomFor(kept: readonly Row[], needed: number): { readonly rows: number; readonly longest: number } {
    const rows = kept.length;
    const wished = this.#wished(kept, needed);
    if (!this.#cache.fits(rows, wished)) return { rows, longest: needed };
    if (!this.#cache.isCommittedAtUse) return { rows, longest: wished };
    // As many rows as may stay idle, and these longer as far as they may be.
    for (let more = this.#table.size; more >= rows; more -= 1) {
      const longest = this.#cache.longestWithin(more, this.#maxIdleBytes);
      if (longest >= wished) return { rows: more, longest: Math.min(longest, growthFactor * wished) };
    }
    // This much is given back anyway when nothing runs. Until then rows double and answers grow by half, so that each copy is one of few.
    const doubled = Math.min(this.#table.size, 2 ** Math.ceil(Math.log2(rows)));
    const { capacity, maxTokens } = this.#cache;
    const longer = wished > capacity ? Math.max(wished, Math.min(maxTokens, growthFactor * capacity)) : wished;
    const choices = [
      { rows: doubled, longest: longer },
      { rows, longest: longer },
      { rows: doubled, longest: wished },
    ];
    return choices.find((choice) => this.#cache.fits(choice.rows, choice.longest)) ?? { rows, longest: wished };
  }
}

/** What a row has in the cache is gone, and with it what was computed ahead. */
function loseTokens(row: Row): void {
  row.resident = 0;
  row.ahead = undefined;
}
