import { type GenerateOptions, type GenerateResult, OutputInvalidError, type PageAttempt } from '@h2ovl/contract';
import { generate, type PageModel } from '../page-model.ts';
import type { AttemptOptions } from './attempt-answer.ts';
import { retryWays } from './retry-ways.ts';

export interface ObjectAttemptOptions extends Pick<AttemptOptions, 'model' | 'request' | 'time' | 'isRetrying' | 'report'> {
  /** The answer is checked when it is there: the first text may not be the one that counts. */
  readonly isChecked: boolean;
}

/** The answer, or the error of the first attempt where all of them went round in circles. */
export type AttemptedObject = { readonly attempts: readonly PageAttempt[] } & (
  | { readonly result: GenerateResult<unknown>; readonly error?: undefined }
  | { readonly error: OutputInvalidError }
);

/** Asks for an object, and again in other ways where the answer went round in circles. Ends with the page's time. @throws what is no loop */
export async function attemptObject(options: ObjectAttemptOptions): Promise<AttemptedObject> {
  const { model, request, time, isRetrying } = options;
  const attempts: PageAttempt[] = [];
  let first: OutputInvalidError | undefined;
  for (const { way, request: wanted } of [{ way: 'model' as const, request }, ...(isRetrying ? retryWays(request, undefined) : [])]) {
    if (first !== undefined && time.leftMs === 0) break;
    const outcome = await ask(model, wanted, options, first === undefined);
    if (!OutputInvalidError.isInstance(outcome)) {
      time.count(outcome);
      return { result: outcome, attempts };
    }
    first ??= outcome;
    attempts.push({ way, verdict: 'looped', reason: outcome.message });
  }
  if (first === undefined) throw new Error('Nothing was asked.');
  return { error: first, attempts: attempts.slice(1) };
}

/** The answer, or the error that it went round in circles. */
async function ask(
  model: PageModel,
  request: GenerateOptions<unknown>,
  { time, isChecked, report }: ObjectAttemptOptions,
  isFirst: boolean,
): Promise<GenerateResult<unknown> | OutputInvalidError> {
  const startedMs = performance.now();
  try {
    return await generate(model, { ...request, budgetMs: time.answerBudgetMs }, (event) => {
      if (event.type === 'progress' || (event.type === 'text-delta' && isFirst && !isChecked)) report(event);
    });
  } catch (error) {
    if (!OutputInvalidError.isInstance(error) || error.finishReason !== 'loop') throw error;
    time.spend(performance.now() - startedMs); // an error tells no times
    return error;
  }
}
