import { type AnswerCertainty, type FinishReason, linkSignal, type ProgressEvent } from '@h2ovl/contract';
import { TokenCertainty } from './answer-certainty.ts';
import { CheckedDrafts } from './checked-drafts.ts';
import { type DecodeRules, decodeLoop } from './decode-loop.ts';
import type { DecoderSequence } from './decoder-port.ts';
import type { DraftSource } from './draft-source.ts';
import { createHoldBack } from './hold-back.ts';
import type { FoundLoop, LoopGuard } from './loop-guard.ts';
import { relayProgress } from './relay-progress.ts';

/** Token ids one by one -> pieces of text, never half a character. `text/detokenizer` fits it. */
export interface DetokenizerPort {
  push(token: number): string;
  /** The text still waiting for a character to be complete, when no more tokens will come. */
  flush(): string;
}

export interface GenerateTextInput {
  /** Its opener disposes it, after this generator has ended. */
  readonly sequence: DecoderSequence;
  readonly rules: DecodeRules;
  readonly detokenizer: DetokenizerPort;
  readonly stopSequences: readonly string[];
  /** Ends an answer that goes round in circles. */
  readonly loopGuard?: LoopGuard | undefined;
  /** Makes it a drafted answer: candidates are read along, and every run of its decoding has at least two positions. */
  readonly drafts?: DraftSource | undefined;
  /** Ends the answer with what it has by then. Aborted before `signal` is, if at all. */
  readonly timeIsOver?: AbortSignal | undefined;
  readonly signal: AbortSignal;
}

export type TextEvent = ProgressEvent | { readonly type: 'text-delta'; readonly delta: string };

/** What the events came to. */
export interface GeneratedText {
  /** All deltas together. */
  readonly text: string;
  readonly finishReason: FinishReason;
  /** With the reason `loop`: what it went round in. */
  readonly loop?: FoundLoop | undefined;
  /** How sure the model was of the text. */
  readonly certainty: AnswerCertainty;
  /** Tokens of the answer, those of a stop string included, the end token not. */
  readonly outputTokens: number;
  /** Candidates that were read along; 0 for an answer that was not drafted. */
  readonly draftedTokens: number;
  /** Those of them that the model chose. */
  readonly acceptedTokens: number;
  /** Until the first token was chosen. */
  readonly prefillMs: number;
  /** From then on, without the time the reader took between two events. */
  readonly decodeMs: number;
}

/**
 * Tokens as text: `prefill` progress, then for each token a `text-delta` (unless its text is held back) and `generate` progress (done: tokens so far,
 * total: their limit). Rejects with the signal's reason; when the reader leaves, running work is aborted and waited for.
 */
export async function* generateText(input: GenerateTextInput): AsyncGenerator<TextEvent, GeneratedText, void> {
  const { sequence, rules, detokenizer, stopSequences, loopGuard, timeIsOver, signal } = input;
  const drafts = input.drafts && new CheckedDrafts(input.drafts);
  const link = linkSignal(signal, timeIsOver);
  const clock = createWorkClock();
  const output = createTextOutput(detokenizer, stopSequences);
  const cancel = (): void => link.abort(new DOMException('The reader left before the answer was complete.', 'AbortError'));
  let reportPrefill = (_done: number, _total: number): void => {};
  const certainty = new TokenCertainty(output.text);
  const isLate = (): boolean => timeIsOver?.aborted === true && !signal.aborted;
  const tokens = decodeLoop(sequence, rules, link.signal, { onPrefill: (done, total) => reportPrefill(done, total), drafts });
  const late = (error: unknown): IteratorReturnResult<'timeout'> => {
    if (isLate()) return { done: true, value: 'timeout' };
    throw error;
  };
  try {
    let turn: IteratorResult<number, FinishReason> = yield* relayProgress(
      'prefill',
      (report) => {
        reportPrefill = report;
        return clock.time(() => tokens.next()).catch(late);
      },
      cancel,
    );
    const prefillMs = clock.elapsedMs();
    let outputTokens = 0;
    let loop: FoundLoop | undefined;
    while (!turn.done) {
      const delta = output.push(turn.value);
      certainty.add(delta.length, rules.logProbabilities?.[outputTokens] ?? Number.NaN);
      outputTokens += 1;
      loop = loopGuard?.push(turn.value, delta);
      if (delta !== '') yield { type: 'text-delta', delta };
      yield { type: 'progress', phase: 'generate', done: outputTokens, total: rules.maxOutputTokens };
      if (output.isStopped() || loop !== undefined) break;
      turn = await clock.time(() => tokens.next()).catch(late);
    }
    const rest = output.flush();
    if (rest !== '') yield { type: 'text-delta', delta: rest };
    const finishReason = output.isStopped() ? 'stop-sequence' : turn.done ? turn.value : 'loop';
    return {
      text: output.text(),
      finishReason,
      ...(loop && { loop }),
      certainty,
      outputTokens,
      draftedTokens: drafts?.drafted ?? 0,
      acceptedTokens: drafts?.accepted ?? 0,
      prefillMs,
      decodeMs: clock.elapsedMs() - prefillMs,
    };
  } finally {
    link.release();
  }
}

interface TextOutput {
  push(token: number): string;
  flush(): string;
  isStopped(): boolean;
  text(): string;
}

/** Detokenizer and hold-back in a row, and the sum of what came out. */
function createTextOutput(detokenizer: DetokenizerPort, stopSequences: readonly string[]): TextOutput {
  const holdBack = createHoldBack(stopSequences);
  let text = '';
  let isStopped = false;
  const release = (piece: string): string => {
    const released = holdBack.push(piece);
    isStopped = released.stoppedBy !== undefined;
    text += released.text;
    return released.text;
  };
  return {
    push: (token) => release(detokenizer.push(token)),
    flush() {
      if (isStopped) return '';
      const last = release(detokenizer.flush());
      const held = isStopped ? '' : holdBack.flush();
      text += held;
      return last + held;
    },
    isStopped: () => isStopped,
    text: () => text,
  };
}

/** Sums up the time of the work alone: a slow reader must not look like a slow model. */
function createWorkClock(): { time<T>(work: () => Promise<T>): Promise<T>; elapsedMs(): number } {
  let elapsedMs = 0;
  return {
    async time(work) {
      const startedMs = performance.now();
      try {
        return await work();
      } finally {
        elapsedMs += performance.now() - startedMs;
      }
    },
    elapsedMs: () => elapsedMs,
  };
}
