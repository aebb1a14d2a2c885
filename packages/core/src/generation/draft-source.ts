/**
 * Gives candidates for the tokens that come next. It may know nothing and may be wrong: each candidate is checked against the model's own choice, and only
 * speed depends on it.
 */
export interface DraftSource {
  /** Told of each token of the answer in order, those without a choice included. */
  accept(token: number): void;
  /** At most `count` tokens that may follow those of the answer so far; none where it has no idea. */
  propose(count: number): readonly number[];
}
