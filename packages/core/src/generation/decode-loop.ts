import type { CheckedDrafts } from './checked-drafts.ts';
import type { BestToken, DecoderSequence } from './decoder-port.ts';

/** Tokens without a choice. */
export interface FollowingTokens {
  readonly tokens: readonly number[];
  /** Whether the answer ends with them. */
  readonly isEnd: boolean;
  /** Told the logits [vocabulary] before the first of them, where there are any: what the model would have taken instead. */
  readonly hear?: (logits: Float32Array) => void;
}

/** What the loop asks at each turn. */
export interface DecodeRules {
  /** The next token. May change the logits [vocabulary] in place; called once per turn, in order. */
  readonly pick: (logits: Float32Array) => number;
  /** The same when only the best token is known: that token, or undefined when the logits are needed after all. Absent when they always are. */
  readonly pickBest?: ((best: BestToken) => number | undefined) | undefined;
  /** By the model's own distribution, of each token in order, those that were given to it included: NaN, as they were no choice. May hold more than were yielded. */
  readonly logProbabilities?: readonly number[];
  /** Whether the token ends the answer; such a token is not yielded. */
  readonly isEnd: (token: number) => boolean;
  /** What must come after the token that was picked, whatever the model says. Asked once after each pick. */
  readonly follow?: () => FollowingTokens;
  /** Most tokens to yield, at least 1. */
  readonly maxOutputTokens: number;
}

/** What only some answers have. */
export interface DecodeOptions {
  readonly onPrefill?: (done: number, total: number) => void;
  /** Candidates for the tokens to come, which are read together with those that were chosen. The rules decide over each position as they would without. */
  readonly drafts?: CheckedDrafts | undefined;
}

/**
 * Yields token ids; returns why it stopped. Knows nothing of text, images or the runtime, and does not dispose the sequence: its opener does.
 * Rejects with `signal.reason`, untouched, at the first turn after an abort.
 */
export async function* decodeLoop(
  sequence: DecoderSequence,
  rules: DecodeRules,
  signal: AbortSignal,
  { onPrefill = () => {}, drafts }: DecodeOptions = {},
): AsyncGenerator<number, 'stop' | 'length', void> {
  signal.throwIfAborted();
  const logits = await orAbortReason(sequence.prefill(signal, onPrefill), signal);
  signal.throwIfAborted();
  const vocabulary = logits.length;
  let token = rules.pick(logits);
  for (let count = 1; ; count += 1) {
    signal.throwIfAborted();
    if (rules.isEnd(token)) return 'stop';
    drafts?.hear(token);
    yield token;
    const { tokens: forced, isEnd, hear } = rules.follow?.() ?? { tokens: [], isEnd: false };
    for (const next of forced) {
      if (count >= rules.maxOutputTokens) return 'length';
      count += 1;
      drafts?.hear(next);
      yield next;
    }
    if (isEnd) return 'stop';
    if (count >= rules.maxOutputTokens) return 'length'; // before the step, so no forward pass is wasted
    signal.throwIfAborted(); // the reader may have aborted while it held the token
    const left = rules.maxOutputTokens - count;
    if (drafts !== undefined) token = rules.pick(await draftedLogits(drafts, [token, ...forced], left, hear));
    else if (forced.length === 0) token = await nextToken(sequence, rules, token, signal);
    else token = await pickBehind([token, ...forced], hear);
  }

  function draftedLogits(
    checked: CheckedDrafts,
    tokens: readonly number[],
    left: number,
    hear: FollowingTokens['hear'],
  ): Promise<Float32Array> {
    const wanted = { tokens, left, vocabulary, hear: tokens.length > 1 ? hear : undefined };
    return orAbortReason(checked.logitsBehind(sequence, wanted, signal), signal);
  }

  /** Reads several tokens in one run and picks the one after them. */
  async function pickBehind(tokens: readonly number[], hear: FollowingTokens['hear']): Promise<number> {
    if (hear === undefined) return rules.pick(await orAbortReason(sequence.extend(tokens, 'last', signal), signal));
    const each = await orAbortReason(sequence.extend(tokens, 'each', signal), signal);
    const vocabulary = each.length / tokens.length;
    hear(each.subarray(0, vocabulary));
    return rules.pick(each.subarray(each.length - vocabulary));
  }
}

/** Reads a token and picks the one after it: from the best one alone where that is enough, else from the logits. */
async function nextToken(sequence: DecoderSequence, rules: DecodeRules, token: number, signal: AbortSignal): Promise<number> {
  if (sequence.stepBest !== undefined && rules.pickBest !== undefined) {
    const best = await orAbortReason(sequence.stepBest(token, signal), signal);
    const picked = rules.pickBest(best);
    if (picked !== undefined) return picked;
    sequence.truncate(sequence.length - 1);
  }
  return rules.pick(await orAbortReason(sequence.step(token, signal), signal));
}

/** A run that was stopped may fail in the runtime's own words; what the caller gets is the caller's reason. */
async function orAbortReason<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
