import type { DecoderSequence } from './decoder-port.ts';

/** What the loop asks at each turn. */
export interface DecodeRules {
  /** The next token. May change the logits [vocabulary] in place; called once per turn, in order. */
  readonly pick: (logits: Float32Array) => number;
  /** Whether the token ends the answer; such a token is not yielded. */
  readonly isEnd: (token: number) => boolean;
  /** Most tokens to yield, at least 1. */
  readonly maxOutputTokens: number;
}

/**
 * Yields token ids; returns why it stopped. Knows nothing of text, images or the runtime, and does not dispose the sequence: its opener does.
 * Rejects with `signal.reason`, untouched, at the first turn after an abort.
 */
export async function* decodeLoop(
  sequence: DecoderSequence,
  rules: DecodeRules,
  signal: AbortSignal,
  onPrefill: (done: number, total: number) => void = () => {},
): AsyncGenerator<number, 'stop' | 'length', void> {
  signal.throwIfAborted();
  let logits = await orAbortReason(sequence.prefill(signal, onPrefill), signal);
  for (let count = 1; ; count += 1) {
    signal.throwIfAborted();
    const token = rules.pick(logits);
    if (rules.isEnd(token)) return 'stop';
    yield token;
    if (count >= rules.maxOutputTokens) return 'length'; // before the step, so no forward pass is wasted
    signal.throwIfAborted(); // the reader may have aborted while it held the token
    logits = await orAbortReason(sequence.step(token, signal), signal);
  }
}

/** A run that was stopped may fail in the runtime's own words; what the caller gets is the caller's reason. */
async function orAbortReason<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
