import { operations } from '@h2ovl/contract';

/** The question of `read`. */
export const readQuestion: string = operations.read.instruction;

/** How a question is answered: as the operation it belongs to. */
export function answerSettings(question: string, maxTokens: number | undefined): { maxOutputTokens: number; endBlankRuns: boolean } {
  const { maxOutputTokens, endBlankRuns } = operations[question === readQuestion ? 'read' : 'ask'];
  return { maxOutputTokens: maxTokens ?? maxOutputTokens, endBlankRuns };
}

/** Answers in work at the same time: what a model takes by default. */
export const parallelAnswers = 4;
