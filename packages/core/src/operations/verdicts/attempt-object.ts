import { type GenerateResult, OutputInvalidError, type PageAttempt, VisionError } from '@h2ovl/contract';
import { describeError } from '../each-page.ts';
import { generate } from '../page-model.ts';
import type { AttemptOptions } from './attempt-answer.ts';
import { type RetryWay, retryWays } from './retry-ways.ts';
import { failureVerdict } from './verdicts.ts';

export interface ObjectAttemptOptions extends Pick<AttemptOptions, 'model' | 'request' | 'others' | 'time' | 'isRetrying' | 'report'> {
  /** The answer is checked when it is there: the first text may not be the one that counts. */
  readonly isChecked: boolean;
}

/** The answer, or the error of the first attempt where none of them came to an end. */
export type AttemptedObject = { readonly attempts: readonly PageAttempt[] } & (
  | { readonly result: GenerateResult<unknown>; readonly error?: undefined }
  | { readonly result?: undefined; readonly error: VisionError }
);

/** Asks for an object, and again in other ways where the answer went round in circles. Ends with the page's time. @throws what is no loop */
export async function attemptObject(options: ObjectAttemptOptions): Promise<AttemptedObject> {
  const { request, others, time, isRetrying } = options;
  const attempts: PageAttempt[] = [];
  const first = await ask({ way: 'model', request }, options, attempts);
  if (first.result !== undefined) return { result: first.result, attempts };
  if (isRetrying) {
    for await (const way of retryWays(request, others)) {
      if (time.leftMs === 0) break;
      const { result } = await ask(way, options, attempts);
      if (result !== undefined) return { result, attempts };
    }
  }
  return { error: first.error, attempts: attempts.slice(1) };
}

type Outcome =
  | { readonly result: GenerateResult<unknown>; readonly error?: undefined }
  | { readonly result?: undefined; readonly error: VisionError };

/** The answer, or why it is none, which is then the last of the attempts. @throws what the first answer fails with, but for a loop */
async function ask({ way, request, model }: RetryWay, options: ObjectAttemptOptions, attempts: PageAttempt[]): Promise<Outcome> {
  const { time, isChecked, report } = options;
  const isFirst = attempts.length === 0;
  const startedMs = performance.now();
  try {
    const result = await generate(model ?? options.model, { ...request, budgetMs: time.answerBudgetMs }, (event) => {
      if (event.type === 'progress' || (event.type === 'text-delta' && isFirst && !isChecked)) report(event);
    });
    time.count(result);
    return { result };
  } catch (error) {
    if (!VisionError.isInstance(error)) throw error;
    time.countFailed(startedMs, OutputInvalidError.isInstance(error) ? error.finishReason : undefined);
    const isLoop = OutputInvalidError.isInstance(error) && error.finishReason === 'loop';
    // Another way may be cut, or have too many parts for one prompt; the one after it may not.
    const mayGoOn = isLoop || (!isFirst && (error.code === 'OUTPUT_INVALID' || error.code === 'CONTEXT_OVERFLOW'));
    if (!mayGoOn) throw error;
    attempts.push({ way, verdict: failureVerdict(describeError(error)).kind, reason: error.message });
    return { error };
  }
}
