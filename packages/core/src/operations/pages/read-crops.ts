import { addTimings, addUsage, type GenerateOptions, type GenerateResult, type GenerationEvent, type Warning } from '@h2ovl/contract';
import { workMs } from '../../answer/round-timings.ts';
import type { PageModel } from '../page-model.ts';
import { withoutRepetitions } from '../verdicts/attempt-answer.ts';
import type { CroppedPage } from './crop-pages.ts';
import { joinTexts } from './join-texts.ts';

/**
 * Asks the model about each part of a page, and makes one answer of its answers: texts joined, tokens and times added up. An answer that was cut or went round
 * in circles ends the whole in that way, and the parts behind it are read all the same, within the time that the request has.
 */
export async function* readCrops(
  model: PageModel,
  crops: readonly CroppedPage[],
  request: GenerateOptions<unknown>,
): AsyncGenerator<GenerationEvent<unknown>, void> {
  // Where a line stands in two parts, what is written before they are joined is not what comes out.
  const isPlain = crops.every(({ overlaps }) => !overlaps);
  const results: GenerateResult<unknown>[] = [];
  for (const { page } of crops) {
    let begun = results.length === 0;
    for await (const event of model.stream({ ...request, images: [page], ...timeLeft(request, results) } as GenerateOptions<unknown>)) {
      if (event.type === 'finish') results.push(event.result);
      else if (event.type !== 'text-delta') yield event;
      else if (isPlain) {
        yield begun ? event : { ...event, delta: `\n${event.delta}` };
        begun = true;
      }
    }
  }
  const text = joinTexts(results.map((result, index) => ({ text: withoutRepetitions(result), overlaps: crops[index]?.overlaps === true })));
  if (!isPlain && text !== '') yield { type: 'text-delta', delta: text };
  yield { type: 'finish', result: combine(results, text) };
}

function timeLeft({ budgetMs }: GenerateOptions<unknown>, results: readonly GenerateResult<unknown>[]): { readonly budgetMs?: number } {
  if (budgetMs === undefined) return {};
  return { budgetMs: Math.max(1, budgetMs - results.reduce((sum, { timings }) => sum + workMs(timings), 0)) };
}

function combine(results: readonly GenerateResult<unknown>[], text: string): GenerateResult<unknown> {
  const last = results.at(-1) as GenerateResult<unknown>;
  const ended = results.find(({ finishReason }) => finishReason !== 'stop') ?? last;
  // Places of single answers in their own texts are none in the joined one.
  return {
    text,
    object: last.object,
    finishReason: ended.finishReason,
    usage: results.map(({ usage }) => usage).reduce(addUsage),
    timings: results.map(({ timings }) => timings).reduce(addTimings),
    warnings: unique(results.flatMap(({ warnings }) => warnings)),
    images: results.flatMap(({ images }) => images ?? []),
  };
}

function unique(warnings: readonly Warning[]): readonly Warning[] {
  return warnings.filter((warning, index) => warnings.findIndex(({ message }) => message === warning.message) === index);
}
