/** The question of `read`. */
export const readQuestion = 'Read the text in the image.';

/** Tokens of an answer: a dense page of text, or an answer to a question. */
export const maxOutputTokens = { read: 4096, ask: 1024 } as const;

/** Answers in work at the same time: what a model takes by default. */
export const parallelAnswers = 4;
