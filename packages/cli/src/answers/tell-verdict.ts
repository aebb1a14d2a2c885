import type { PageVerdict } from '@h2ovl/core';

/** What a person is told of a verdict: an answer that was cut at its limit has a warning of its own, and a failure is told as such. */
export function tellVerdict({ kind, reasons, attempts }: PageVerdict): readonly string[] {
  const again = attempts.map(({ way, verdict }) => `${way}: ${verdict}`).join(', ');
  const tried = again === '' ? '' : `It was read more than once (${again}).`;
  const isTold = kind === 'ok' || kind === 'truncated' || kind === 'failed';
  const told = isTold ? tried : `${kind}. ${reasons.join(' ')} ${tried}`.trim();
  return told === '' ? [] : [told];
}
