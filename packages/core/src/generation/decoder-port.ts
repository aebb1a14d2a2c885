/** What the decode loop needs of a model: one sequence at a time, logits out. `model/decoder` fits it. */
export interface DecoderSequence {
  /** Tokens in the cache. */
  readonly length: number;
  /** Reads the whole prompt; returns the logits of its last position, [vocabulary]. The array is the caller's until the next call. */
  prefill(signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<Float32Array>;
  /** Reads one more token; returns the logits after it, [vocabulary]. Several sequences may share one run of the graph. */
  step(token: number, signal: AbortSignal): Promise<Float32Array>;
  /**
   * `step` for the best token instead of the logits, where the model names it by itself: less to carry, and tokens may be computed ahead. Both may
   * alternate; to see the logits after all, cut the token off (`truncate`) and read it again (`step`).
   */
  readonly stepBest?: ((token: number, signal: AbortSignal) => Promise<BestToken>) | undefined;
  /**
   * Reads several tokens in one run, at least 1: a forced text, or a draft to be checked. Returns the logits after each of them,
   * [tokens, vocabulary], or after the last one only, [1, vocabulary]; the array is the caller's. It may be the beginning of `into`, memory of the caller's
   * for as many values or more, which nobody else may use until the call has ended: a new array of some megabytes for each run of a draft costs more than filling it.
   * @throws VisionError INVALID_ARGUMENT for no tokens, or more than the context has room for
   */
  extend(tokens: readonly number[], wanted: 'each' | 'last', signal: AbortSignal, into?: Float32Array): Promise<Float32Array>;
  /** `extend` for the best token after each of the tokens, where the model names it by itself. */
  readonly extendBest?: ((tokens: readonly number[], signal: AbortSignal) => Promise<readonly BestToken[]>) | undefined;
  /**
   * Forgets what lies behind the first `length` tokens, for instance the rejected end of a draft; not while a call is under way.
   * @throws VisionError INVALID_ARGUMENT for more tokens than there are
   */
  truncate(length: number): void;
  /** Frees the sequence's part of the cache. Idempotent. */
  dispose(): Promise<void>;
}

/** The next token with the largest logit, the lowest id on ties; its log-probability is `logit - logSumExp`. */
export interface BestToken {
  readonly token: number;
  readonly logit: number;
  readonly logSumExp: number;
}
