import type { PageError } from '../../document.ts';
import type { FinishReason } from '../../result.ts';
import {
  type AttemptWay,
  attemptWays,
  endVerdict,
  type PageAttempt,
  type PageVerdict,
  type VerdictKind,
  verdictKinds,
} from '../../verdict.ts';
import { readSentences, toList, toRecord } from '../read-values.ts';

/** What a page's result is worth. */
export interface WireVerdict {
  readonly kind: VerdictKind;
  /** Sentences; empty for a plain `ok`. */
  readonly reasons: readonly string[];
  /** Earlier attempts, in order. */
  readonly attempts: readonly {
    readonly way: AttemptWay;
    readonly verdict: VerdictKind;
    readonly reason: string;
    readonly output_tokens?: number;
  }[];
}

export function writeVerdict({ kind, reasons, attempts }: PageVerdict): WireVerdict {
  return {
    kind,
    reasons,
    attempts: attempts.map(({ way, verdict, reason, outputTokens }) => ({
      way,
      verdict,
      reason,
      ...(outputTokens !== undefined && { output_tokens: outputTokens }),
    })),
  };
}

/** What the server says, or what follows from the rest of the page where it says nothing that is known here. */
export function readVerdict(
  value: unknown,
  page: { readonly error: PageError | undefined; readonly finishReason: FinishReason | undefined },
): PageVerdict {
  const verdict = toRecord(value);
  const kind = verdictKinds.find((known) => known === verdict?.kind);
  if (verdict === undefined || kind === undefined) {
    const told = page.error === undefined ? endVerdict(page.finishReason).kind : 'failed';
    return { kind: told, reasons: ['The server gave no verdict that this client knows.'], attempts: [] };
  }
  return { kind, reasons: readSentences(verdict.reasons), attempts: toList(verdict.attempts).flatMap(readAttempt) };
}

function readAttempt(value: unknown): readonly PageAttempt[] {
  const attempt = toRecord(value);
  const way = attemptWays.find((known) => known === attempt?.way);
  const verdict = verdictKinds.find((known) => known === attempt?.verdict);
  if (way === undefined || verdict === undefined) return [];
  const { reason, output_tokens: outputTokens } = attempt ?? {};
  const text = typeof reason === 'string' ? reason : '';
  return [{ way, verdict, reason: text, ...(typeof outputTokens === 'number' && { outputTokens }) }];
}
