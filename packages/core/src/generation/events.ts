/** Why an answer ended: the model said so, the token limit, or a stop sequence of the caller's. */
export type FinishReason = 'stop' | 'length' | 'stop-sequence';

/** Something the caller should know about an answer that came nevertheless. */
export interface Warning {
  readonly type: 'unsupported' | 'compatibility' | 'other';
  readonly message: string;
}

export interface Usage {
  /** All prompt tokens, image tokens included. */
  readonly inputTokens: number;
  readonly imageTokens: number;
  readonly outputTokens: number;
  /** Prompt tokens whose work was reused from an earlier question on the same page. */
  readonly cachedTokens: number;
}

/** Milliseconds of wall time per phase, monotonic clock. */
export interface Timings {
  readonly queueMs: number;
  readonly imageMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

export interface GenerateResult<T = undefined> {
  /** The answer as the model wrote it, untrimmed. */
  readonly text: string;
  readonly object: T;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly timings: Timings;
  readonly warnings: readonly Warning[];
}

/** A value of which any part may still be missing. */
export type DeepPartial<T> = T extends readonly (infer U)[]
  ? readonly DeepPartial<U>[]
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

export type GenerationPhase = 'decode-image' | 'encode-image' | 'prefill' | 'generate';

export type GenerationEvent<T = undefined> =
  | { readonly type: 'progress'; readonly phase: GenerationPhase; readonly done: number; readonly total: number }
  | { readonly type: 'text-delta'; readonly delta: string }
  | { readonly type: 'object-delta'; readonly partial: DeepPartial<T> }
  | { readonly type: 'finish'; readonly result: GenerateResult<T> };

/**
 * One answer as it is made. Lazy: nothing runs until it is read or `result` is asked for. It can be read once, through one of
 * its three iterables; a second read throws `INVALID_ARGUMENT`. Leaving the loop, disposal and the caller's `signal` stop the work at the
 * next step and free what it held; `result` then rejects with the reason.
 */
export interface GenerationStream<T = undefined> extends AsyncIterable<GenerationEvent<T>>, AsyncDisposable {
  /** The pieces of text alone, in order; together they are `result.text`. */
  readonly textStream: AsyncIterable<string>;
  /** The growing object, unchecked until the last. */
  readonly partialObjectStream: AsyncIterable<DeepPartial<T>>;
  /** The whole answer. Asking for it reads the stream when nobody has; left unread, it never raises an unhandled rejection. */
  readonly result: Promise<GenerateResult<T>>;
}
