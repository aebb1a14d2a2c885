/** What the decode loop needs of a model: one sequence at a time, logits out. `model/decoder` fits it. */
export interface DecoderSequence {
  /** Tokens in the cache. */
  readonly length: number;
  /** Reads the whole prompt; returns the logits of its last position, [vocabulary]. The array is the caller's until the next call. */
  prefill(signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<Float32Array>;
  /** Reads one more token; returns the logits after it, [vocabulary]. Several sequences may share one run of the graph. */
  step(token: number, signal: AbortSignal): Promise<Float32Array>;
  /** Frees the sequence's part of the cache. Idempotent. */
  dispose(): Promise<void>;
}
