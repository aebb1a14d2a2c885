/** A piece of an answer's text, and how likely the model held it. */
export interface CertaintySpan {
  readonly text: string;
  /** Characters of the answer's text: the first one, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** Natural logarithm of the probability of its least likely token, up to 0. */
  readonly logProbability: number;
}

/** How sure the model was of its answer, by its own distribution: before a mask, a temperature or a penalty. A model may be sure and wrong. */
export interface Certainty {
  /** Mean of the natural logarithms of the probabilities of all tokens that were chosen, up to 0. */
  readonly meanLogProbability: number;
  /** The words with the least likely tokens, the least likely one first; at most 5. */
  readonly leastCertain: readonly CertaintySpan[];
}

/** The same with access to parts of the text. It is only known where the model runs, and lost when a result is written as JSON. */
export interface AnswerCertainty extends Certainty {
  /**
   * Mean of the natural logarithms of the probabilities of the tokens that were chosen for these characters of the text, up to 0: its exponential is their geometric mean.
   * Undefined where the model chose none of them.
   */
  logProbabilityOf(from: number, to: number): number | undefined;
}
