import type { KvCache } from './kv-cache.ts';
import type { Row, RowTable } from './row-table.ts';

/**
 * Shares the memory of the cache between rows that grow. The cache is a rectangle, rows x longest, so one long answer costs all of them.
 * Where it would become too large, parked rows go first; then the rows that were opened last lose their tokens and wait, and read them again
 * when there is room. The row that was opened first is never stopped, so that every answer comes to its end.
 */
export class RowMemory {
  readonly #cache: KvCache;
  readonly #table: RowTable;

  constructor(cache: KvCache, table: RowTable) {
    this.#cache = cache;
    this.#table = table;
  }

  /**
   * Makes room for `tokens` tokens of `row`. Resolves to false when rows that were opened before it need the memory: it has to wait for them.
   * Every other row that holds tokens gets room for one more, which steps of its neighbours may write into.
   */
  async ensure(row: Row, tokens: number): Promise<boolean> {
    try {
      return await this.#makeRoom(row, tokens);
    } catch (error) {
      // The allocation failed and nothing is left: the others read their tokens again.
      for (const other of this.#table.inState('active')) loseFrom(other, 0);
      this.#table.clearParked();
      throw error;
    }
  }

  async #makeRoom(row: Row, tokens: number): Promise<boolean> {
    const needed = this.#longest(this.#holders(row), row, tokens);
    const [rows, capacity] = [Math.max(this.#cache.rows, row.index + 1), Math.max(this.#cache.capacity, needed)];
    if (this.#cache.fits(rows, capacity)) {
      await this.#cache.reserve(rows, capacity);
      return true;
    }
    const kept = [...this.#holders(row)];
    while (!this.#cache.fits(kept.length, this.#longest(kept, row, tokens))) {
      const youngest = kept.pop() as Row; // they are sorted; `row` alone always fits
      if (youngest === row) return false;
    }
    for (const other of this.#holders(row)) loseFrom(other, kept.includes(other) ? other.resident : 0);
    this.#table.clearParked();
    await this.#cache.keep(
      kept.map(({ index, resident }) => ({ index, tokens: resident })),
      this.#longest(kept, row, tokens),
    );
    this.#table.arrange(kept);
    return true;
  }

  /** Active rows with tokens in the cache, and `row`; the one opened first comes first. */
  #holders(row: Row): readonly Row[] {
    return this.#table.inState('active').filter((other) => other === row || other.resident > 0);
  }

  #longest(rows: readonly Row[], row: Row, tokens: number): number {
    const lengths = rows.map((other) => (other === row ? tokens : other.resident + 1));
    return Math.min(this.#cache.maxTokens, Math.max(...lengths));
  }
}

/** What a row has in the cache from a position on is gone, and with it what was computed ahead. */
function loseFrom(row: Row, resident: number): void {
  row.resident = resident;
  row.ahead = undefined;
}
