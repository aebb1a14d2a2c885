/** How much the latest run counts against those before it. */
const newest = 0.3;
const shortestMs = 1000;
const longestMs = 600_000; // a client that is told to come back in an hour does not come back

/** How long runs take, measured: what a client is told that finds the queue full. */
export class RunTimes {
  readonly #now: () => number;
  readonly #started = new Set<{ readonly at: number }>();
  #meanMs: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A run begins; the function it returns ends it. */
  start(): () => void {
    const run = { at: this.#now() };
    this.#started.add(run);
    return () => {
      if (!this.#started.delete(run)) return;
      const took = this.#now() - run.at;
      this.#meanMs = this.#meanMs === undefined ? took : this.#meanMs + newest * (took - this.#meanMs);
    };
  }

  /** Milliseconds until one of the runs under way is likely to end. Before any has ended, they are taken to be half done. */
  untilNextEnd(): number {
    const now = this.#now();
    const left = [...this.#started].map(({ at }) => Math.max(0, (this.#meanMs ?? 2 * (now - at)) - (now - at)));
    const soonest = left.length === 0 ? 0 : Math.min(...left);
    return Math.min(Math.max(Math.ceil(soonest), shortestMs), longestMs);
  }
}
