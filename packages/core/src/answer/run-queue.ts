import { onAbort, VisionError } from '@h2ovl/contract';

/** Released by the one who got it; releasing twice is harmless. */
export type Release = () => void;

interface Waiting {
  readonly cost: number;
  readonly admit: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Lets work in, first come first served, while places and memory last. The memory is a rectangle: each of those inside takes what the largest
 * takes. The first in line is never overtaken, so a large request is not starved by small ones; one that is larger than the whole budget runs alone.
 */
export class RunQueue {
  readonly #places: number;
  readonly #budget: number;
  readonly #line: Waiting[] = [];
  readonly #inside: { readonly cost: number }[] = [];
  #closed = false;
  #idle: (() => void)[] = [];

  /** `places`: how many may run at once; `budget`: what their number times the largest cost may be (bytes). */
  constructor(places: number, budget: number) {
    this.#places = places;
    this.#budget = budget;
  }

  /** Waits for a turn. @throws VisionError DISPOSED once closed; rejects with `signal.reason` when cancelled in line */
  acquire(cost: number, signal: AbortSignal): Promise<Release> {
    if (this.#closed) return Promise.reject(closedError());
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(signal.reason);
        this.#advance(); // whoever stood behind a large request may fit now
      };
      const unfollow = onAbort(signal, leave);
      const waiting: Waiting = {
        cost,
        admit: () => {
          unfollow();
          resolve(this.#enter(cost));
        },
        reject: (reason) => {
          unfollow();
          reject(reason);
        },
      };
      this.#line.push(waiting);
      this.#advance();
    });
  }

  #enter(cost: number): Release {
    const entry = { cost };
    this.#inside.push(entry);
    return () => {
      const at = this.#inside.indexOf(entry);
      if (at < 0) return;
      this.#inside.splice(at, 1);
      if (this.#inside.length === 0) for (const wake of this.#idle.splice(0)) wake();
      this.#advance();
    };
  }

  #advance(): void {
    for (let next = this.#line[0]; next; next = this.#line[0]) {
      if (!this.#fits(next.cost)) return;
      this.#line.shift();
      next.admit();
    }
  }

  #fits(cost: number): boolean {
    const inside = this.#inside.length;
    if (inside === 0) return true;
    const largest = Math.max(cost, ...this.#inside.map((entry) => entry.cost));
    return inside < this.#places && (inside + 1) * largest <= this.#budget;
  }

  /** Sends the line away and waits for those inside. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#line.splice(0)) waiting.reject(closedError());
    if (this.#inside.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}

function closedError(): VisionError {
  return new VisionError('DISPOSED', 'The model was disposed.', { hint: 'Load it again.' });
}
