import type { FinishReason } from '@h2ovl/contract';

/** Ends of an answer at which another one would be cut again: in words, and what may help. */
export const cutAnswers: Readonly<
  Record<Exclude<FinishReason, 'stop' | 'stop-sequence'>, { readonly where: string; readonly hint: string }>
> = {
  length: { where: 'at its limit', hint: 'Raise maxOutputTokens, or ask for fewer fields.' },
  loop: {
    where: 'where it went round in circles',
    hint: 'Ask for fewer fields, or for those that stand on the page.',
  },
  timeout: { where: 'when its time was over', hint: 'Raise the budget, or ask for fewer fields.' },
};
