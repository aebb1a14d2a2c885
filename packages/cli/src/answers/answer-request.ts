import {
  askRequest,
  type GenerateOptions,
  type ImageInput,
  type ImageOptions,
  operations,
  readRequest,
  type SamplingOptions,
} from '@h2ovl/contract';
import type { DocumentOptions } from '@h2ovl/core';
import type { AnswerFlags } from '../flags/answer-flags.ts';
import type { DocumentFlags } from '../flags/document-flags.ts';
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
  const options = { images, signal, ...answerOptions(flags) };
  const request = question === undefined || question === readQuestion ? readRequest(options) : askRequest({ ...options, question });
  return withSystem(request, flags.system);
}

/** Sampling and limits, as far as flags name them. */
export function answerOptions(flags: Partial<AnswerFlags>): SamplingOptions & ImageOptions {
  const {
    tiles,
    maxTokens: maxOutputTokens,
    temperature,
    topP,
    topK,
    seed,
    repetitionPenalty,
    drafts,
    stop: stopSequences,
    endLoops,
  } = flags;
  return given({ tiles, maxOutputTokens, temperature, topP, topK, seed, repetitionPenalty, drafts, stopSequences, endLoops });
}

/** The time that work may take, as far as flags name it. */
export function budgetOptions({
  pageBudget,
  documentBudget,
}: Partial<DocumentFlags>): Pick<DocumentOptions, 'pageBudgetMs' | 'documentBudgetMs'> {
  return {
    pageBudgetMs: pageBudget === undefined ? undefined : Math.ceil(pageBudget * 1000),
    documentBudgetMs: documentBudget === undefined ? undefined : Math.ceil(documentBudget * 1000),
  };
}

/** A request with a system text, which the short form takes beside its prompt. */
function withSystem<T>(request: GenerateOptions<T>, system: string | undefined): GenerateOptions<T> {
  return system === undefined ? request : ({ ...request, system } as GenerateOptions<T>);
}
