import type { PageVerdict } from '@h2ovl/core';

/** What a person is told of a verdict: an answer that was cut at its limit has a warning of its own, and a failure is told as such. */
export function tellVerdict({ kind, reasons }: PageVerdict): readonly string[] {
  return kind === 'ok' || kind === 'truncated' || kind === 'failed' ? [] : [`${kind}. ${reasons.join(' ')}`.trim()];
}
