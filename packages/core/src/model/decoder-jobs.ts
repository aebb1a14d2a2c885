import type { BestToken } from './best-tokens.ts';
import type { Row } from './row-table.ts';

/** A prompt as the decoder reads it: positions with identities, and embeddings on demand. */
export interface PromptSource {
  readonly length: number;
  /** Identity of each position: equal keys in equal positions mean equal embeddings, so work can be shared. Token ids for text, negative numbers for image tokens. */
  readonly keys: Float64Array;
  /** Writes the embeddings of positions [start, end) to `out`, [end - start, hiddenSize]. */
  write(start: number, end: number, out: Float32Array, signal: AbortSignal): Promise<void>;
}

/** One prompt and its answer in the making; fits `generation/decoder-port`, which says what each part does. */
export interface Sequence {
  readonly length: number;
  /** Prompt tokens that were in the cache already. */
  readonly cachedTokens: number;
  prefill(signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<Float32Array>;
  step(token: number, signal: AbortSignal): Promise<Float32Array>;
  readonly stepBest: ((token: number, signal: AbortSignal) => Promise<BestToken>) | undefined;
  readonly extendBest: ((tokens: readonly number[], signal: AbortSignal) => Promise<readonly BestToken[]>) | undefined;
  extend(tokens: readonly number[], wanted: 'each' | 'last', signal: AbortSignal, into?: Float32Array): Promise<Float32Array>;
  truncate(length: number): void;
  dispose(): Promise<void>;
}

/** What a job ends with: logits; or the best token after one token, or after each of several. */
export type JobResult = Float32Array | BestToken | readonly BestToken[];

/** Work for one row that waits for its turn. */
export interface Job {
  readonly row: Row;
  readonly signal: AbortSignal;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (reason: unknown) => void;
}

export interface PrefillJob extends Job {
  readonly prompt: PromptSource;
  readonly onProgress: (done: number, total: number) => void;
}

/** Tokens to read, at least one, and what is wanted: logits of each, of the last, or the best tokens. */
export interface StepJob extends Job {
  readonly tokens: readonly number[];
  readonly wanted: 'each' | 'last' | 'best';
  /** Where the logits of several tokens go, if they fit. */
  readonly into?: Float32Array | undefined;
}
