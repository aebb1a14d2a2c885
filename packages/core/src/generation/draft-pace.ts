/** Candidates at first: half of the most, since nothing is known yet. */
const first = 7;
/** More positions cost more than they bring even where nearly all are right: texts of two readers differ every 16 tokens or so. */
export const mostCandidates = 15;
/** Fewer save next to nothing: what a run costs hardly depends on whether it has two or four positions. */
const least = 3;

/**
 * How many candidates are asked for: twice as many after a draft that was right to its end, else a few more than were right, but never less than half as many as
 * before: one sign that another reader read in another way says little about those behind it.
 */
export class DraftPace {
  #count = first;

  /** Candidates to ask for, from 3 to 15. */
  get count(): number {
    return this.#count;
  }

  /** Told how many candidates of a run there were, at least 1, and how many of them the model chose. */
  hear(offered: number, accepted: number): void {
    const wanted = accepted === offered ? 2 * this.#count : Math.max(accepted + 2, Math.floor(this.#count / 2));
    this.#count = Math.min(mostCandidates, Math.max(least, wanted));
  }
}
