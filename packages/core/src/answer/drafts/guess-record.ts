/** How much less a guess counts with each one that follows: about twenty of them matter. */
const fading = 0.95;

/** What a guess goes by: a place close behind a difference, the name of a value, or tokens that came before. */
export type GuessKind = 'difference' | 'value' | 'repetition';

/** How often guesses were right in an answer so far, those that were not proposed included: so one that was given up may come back. */
export class GuessRecord {
  /** As if one had been right and one wrong, since nothing is known yet. */
  #right = 1;
  #wrong = 1;
  /** First tokens of what was guessed for the next place of the answer. */
  #guessed: readonly number[] = [];

  /** Share of the guesses of which the first token at least was right, from 0 to 1. */
  get share(): number {
    return this.#right / (this.#right + this.#wrong);
  }

  /** What one text makes guess, for the next place of the answer. */
  add([first]: readonly number[]): void {
    if (first !== undefined) this.#guessed = [...this.#guessed, first];
  }

  /** Told of each token of the answer, in order. */
  accept(token: number): void {
    for (const guessed of this.#guessed) {
      const isRight = guessed === token ? 1 : 0;
      this.#right = fading * this.#right + isRight;
      this.#wrong = fading * this.#wrong + 1 - isRight;
    }
    this.#guessed = [];
  }
}
