/** The question of `read`. */
export const readQuestion = 'Read the text in the image.';

/** Tokens of an answer: a dense page of text, or an answer to a question. */
const maxOutputTokens = { read: 4096, ask: 1024 } as const;

/** How a question is answered. Reading takes more tokens, and ends the runs of blanks on which models go round in circles at empty forms. */
export function answerSettings(question: string, maxTokens: number | undefined): { maxOutputTokens: number; endBlankRuns: boolean } {
  const isReading = question === readQuestion;
  return { maxOutputTokens: maxTokens ?? (isReading ? maxOutputTokens.read : maxOutputTokens.ask), endBlankRuns: isReading };
}

/** Answers in work at the same time: what a model takes by default. */
export const parallelAnswers = 4;
