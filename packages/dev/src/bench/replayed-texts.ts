import { knownTexts } from './known-texts.ts';
import { nanoAnswers } from './nano-answers.ts';

/** What is written as if the model chose it, and what the line reader had read of the same pages. */
export interface ReplayedTexts {
  readonly name: string;
  readonly text: string;
  readonly read: string;
}

const join = (pages: readonly { readonly text: string; readonly read: string }[], name: string): ReplayedTexts => ({
  name,
  text: pages.map(({ text }) => text).join('\n'),
  read: pages.map(({ read }) => read).join('\n'),
});

/**
 * Drawn pages as a model without a fault would read them, where hardly a candidate is wrong: the best case. And what nano wrote about its sample pages, its own
 * mistakes among it, by which goals are judged.
 */
export const replayedTexts: readonly ReplayedTexts[] = [join(knownTexts, 'true texts'), join(nanoAnswers, "nano's answers")];
