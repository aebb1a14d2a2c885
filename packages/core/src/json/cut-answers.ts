import type { FinishReason } from '@h2ovl/contract';

/** Ends of an answer at which another one would be cut again: in words, and what may help. */
export const cutAnswers: Readonly<Record<Exclude<FinishReason, 'stop'>, { readonly where: string; readonly hint: string }>> = {
  length: { where: 'at its limit', hint: 'Raise maxOutputTokens, or ask for fewer fields.' },
  'stop-sequence': { where: 'by a stop sequence', hint: 'Leave stopSequences out: an object ends by itself.' },
  loop: {
    where: 'where it went round in circles',
    hint: 'Ask for fewer fields, or for those that stand on the page.',
  },
  timeout: { where: 'when its time was over', hint: 'Raise the budget, or ask for fewer fields.' },
};
