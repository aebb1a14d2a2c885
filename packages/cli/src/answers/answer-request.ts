import { askRequest, type GenerateOptions, type ImageInput, operations, readRequest } from '@h2ovl/contract';
import type { AnswerFlags } from '../flags/answer-flags.ts';
import { given } from '../given.ts';

/** Answers in work at the same time: what a model takes by default. */
export const parallelAnswers = 4;

/** What `read` asks. */
export const readQuestion: string = operations.read.instruction;

/** What is asked about pictures. */
export interface AnswerQuestion {
  readonly images: readonly ImageInput[];
  /** Undefined, or the question of `read`: the text of the page. */
  readonly question: string | undefined;
  readonly signal: AbortSignal;
}

/** The request of a command as every interface makes it: reading and asking have their own limits. */
export function answerRequest({ images, question, signal }: AnswerQuestion, flags: Partial<AnswerFlags>): GenerateOptions {
  const { maxTiles, maxTokens: maxOutputTokens, system, temperature, topP, topK, seed, repetitionPenalty, stop: stopSequences } = flags;
  const sampling = { maxTiles, maxOutputTokens, temperature, topP, topK, seed, repetitionPenalty, stopSequences };
  const options = { images, signal, ...given(sampling) };
  const request = question === undefined || question === readQuestion ? readRequest(options) : askRequest({ ...options, question });
  return system === undefined ? request : ({ ...request, system } as GenerateOptions); // the short form takes it beside its prompt
}
