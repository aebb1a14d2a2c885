import type { FinishReason } from './result.ts';

/**
 * How the result of a page is to be taken. `ok`: it is what the way that was taken gave, to its end. `blank`: the page was searched to the end, and no place
 * on it looks like text. `unreadable`: places look like text, and none could be read. `truncated`: the answer ended at a limit before it was complete.
 * `looped`: the answer went round in circles and was cut. `timed-out`: the page's or the document's time was over; what there is came before. `failed`: there
 * is no result; see the error. `skipped`: the page was not begun.
 */
export const verdictKinds = ['ok', 'blank', 'unreadable', 'truncated', 'looped', 'timed-out', 'failed', 'skipped'] as const;

export type VerdictKind = (typeof verdictKinds)[number];

/**
 * A way to a page's text. `text`: what the file says. `model`: the page as it is. `crops`: overlapping cuts of it. `other-tiles`: the page in fewer tiles.
 * `temperature`: with a little chance and a fixed seed. `lines`: the line reader's own text.
 */
export const attemptWays = ['text', 'model', 'crops', 'other-tiles', 'temperature', 'lines'] as const;

export type AttemptWay = (typeof attemptWays)[number];

/** An attempt that was not taken. */
export interface PageAttempt {
  readonly way: AttemptWay;
  /** What came of it. */
  readonly verdict: VerdictKind;
  /** Why it was not taken, as a sentence. */
  readonly reason: string;
  /** Tokens that the model wrote; undefined where none was asked. */
  readonly outputTokens?: number | undefined;
}

/** What a page's result is worth. It is that of the text that is returned. */
export interface PageVerdict {
  readonly kind: VerdictKind;
  /** Sentences. Empty for a plain `ok`. */
  readonly reasons: readonly string[];
  /** Earlier attempts, in order; empty when the first one was taken. */
  readonly attempts: readonly PageAttempt[];
}

const endings: Readonly<Partial<Record<FinishReason, readonly [kind: VerdictKind, reason: string]>>> = {
  length: ['truncated', 'The answer was cut at its limit of tokens; it may go on.'],
  loop: ['looped', 'The model went round in circles and was stopped; what would have come behind that is missing.'],
  timeout: ['timed-out', 'The time was over; what there is was written until then.'],
};

/** What the end of an answer says of it. */
export function endVerdict(finishReason: string | undefined): PageVerdict {
  const [kind, reason] = endings[finishReason as FinishReason] ?? ['ok', undefined];
  return { kind, reasons: reason === undefined ? [] : [reason], attempts: [] };
}

/** Whether a verdict has to be told beside the result: a plain one has not, a cut at a limit has a warning of its own, and a failure is told as such. */
export function isToldApart({ kind }: Pick<PageVerdict, 'kind'>): boolean {
  return kind !== 'ok' && kind !== 'truncated' && kind !== 'failed';
}
