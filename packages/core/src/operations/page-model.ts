import {
  addTimings,
  addUsage,
  type Certainty,
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  type ModelInfo,
  type ModelWork,
} from '@h2ovl/contract';

/** What an operation needs of a model; a loaded one fits, and so does the place in line of a server. It must run in this process. */
export interface PageModel {
  readonly id: string;
  /** Whose results are kept for further slices. @default this object itself */
  readonly keeper?: object;
  stream(options: GenerateOptions<unknown>): AsyncIterable<GenerationEvent<unknown>>;
  /** How it cuts pictures, for planning the parts of a page. @default as the published models do */
  info?(options?: { readonly signal?: AbortSignal }): Promise<Pick<ModelInfo, 'maxTiles' | 'tileSizePx'>>;
}

/** A model, or how to get it: it is only loaded when a page needs it. */
export type PageModelSource = PageModel | (() => PageModel | Promise<PageModel>);

/** Whether a model reads clean print and nothing else, as the small one that comes along does: what the line reader cannot read, it invents. */
export function readsPrintOnly(model: PageModel): boolean {
  return model.id === 'nano';
}

/** Runs one request to its end and passes its events on. */
export async function generate(
  model: PageModel,
  request: GenerateOptions<unknown>,
  onEvent: (event: GenerationEvent<unknown>) => void,
): Promise<GenerateResult<unknown>> {
  for await (const event of model.stream(request)) {
    if (event.type === 'finish') return event.result;
    onEvent(event);
  }
  throw new Error(`The model ${model.id} ended without an answer.`);
}

/** What an answer took. `text` is what became of its text, trimmed and perhaps cut at its end; undefined where it was not taken. */
export function describeWork(result: GenerateResult<unknown>, text: string | undefined): ModelWork {
  const { finishReason, usage, timings, images } = result;
  const certainty = text === undefined ? undefined : describeCertainty(result, text);
  return {
    finishReason,
    usage,
    timings,
    ...(images && { images }),
    ...(certainty && { certainty }),
  };
}

/** What there is to say of an answer, as said of its page: the time it had is an option of the page here. */
export function describeWarnings({ warnings }: GenerateResult<unknown>): readonly string[] {
  return warnings.map(({ message }) => message.replace(/\bbudgetMs\b/g, 'pageBudgetMs'));
}

/** The work of two answers as one: that of the first, with what the second took. */
export function addWork(first: ModelWork, second: ModelWork): ModelWork {
  return { ...first, usage: addUsage(first.usage, second.usage), timings: addTimings(first.timings, second.timings) };
}

/** The words' places are those in the text that is returned. */
function describeCertainty({ text: whole, certainty }: GenerateResult<unknown>, text: string): Certainty | undefined {
  if (certainty === undefined) return undefined;
  const before = whole.startsWith(text) ? 0 : whole.length - whole.trimStart().length;
  const spans = certainty.leastCertain.map(({ from, to, ...span }) => ({ ...span, from: from - before, to: to - before }));
  return { meanLogProbability: certainty.meanLogProbability, leastCertain: spans.filter(({ to }) => to <= text.length) };
}
