import { isToldApart, type PageVerdict } from '@h2ovl/contract';

/** What a person is told of a verdict, and of what was tried before. */
export function tellVerdict(verdict: PageVerdict): readonly string[] {
  const { kind, reasons, attempts } = verdict;
  const again = attempts.map(({ way, verdict }) => `${way}: ${verdict}`).join(', ');
  const tried = again === '' ? '' : `It was read more than once (${again}).`;
  const told = isToldApart(verdict) ? `${kind}. ${reasons.join(' ')} ${tried}`.trim() : tried;
  return told === '' ? [] : [told];
}
