import type { GenerationEvent, ImageInput, VisionModel } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import { packageVersion } from '../package-version.ts';
import { createAnswerLabels } from '../terminal/progress-labels.ts';
import { showName } from '../terminal/terminal-text.ts';
import { withModel } from '../with-model.ts';
import { answerInOrder } from './answer-in-order.ts';
import type { AnswerJob } from './answer-job.ts';
import { answerRequest, parallelAnswers } from './answer-request.ts';
import { type AnswerOrigin, AnswerWriter } from './answer-writer.ts';
import { type NamedInput, openInputs } from './open-inputs.ts';
import { limitTime } from './time-limit.ts';

/** What `read` and `ask` are told: they differ in the question. */
export interface ReadRequest extends RunFlags {
  readonly files: readonly string[];
  /** Undefined: the text of the page. */
  readonly question: string | undefined;
  /** All images in one prompt. */
  readonly together: boolean;
}

/** Images that share one prompt, and what they are called. */
interface Page {
  readonly files: readonly string[];
  readonly images: readonly ImageInput[];
  /** Why it cannot be read, as far as that is known already. */
  readonly error: unknown;
}

interface Work {
  readonly request: ReadRequest;
  readonly pages: readonly Page[];
  readonly writer: AnswerWriter;
  readonly context: CommandContext;
}

/** `read` and `ask`: one answer for each file, or one for all together. Exit code 1 when one of them failed. */
export async function answerFiles(request: ReadRequest, context: CommandContext): Promise<number> {
  const inputs = await openInputs(request.files, context.world, { signal: context.signal, allowUrls: request.urlHosts !== undefined });
  const pages = request.together ? [joinPage(inputs)] : inputs.map((input) => joinPage([input]));
  const writer = new AnswerWriter({
    output: context.output,
    status: context.status,
    isJson: request.json,
    h2ovl: context.world.h2ovl,
    isTogether: request.together,
    hasHeaders: pages.length > 1,
  });
  const work: Work = { request, pages, writer, context };
  if (pages.some((page) => page.error === undefined)) await openAndAnswer(work);
  else for (const page of pages) await writer.writeFailure(page.files, page.error); // no model is opened for nothing
  return writer.hasFailed ? 1 : 0;
}

function joinPage(inputs: readonly NamedInput[]): Page {
  return {
    files: inputs.map(({ file }) => file),
    images: inputs.flatMap(({ image }) => (image === undefined ? [] : [image])),
    error: inputs.find(({ error }) => error !== undefined)?.error,
  };
}

async function openAndAnswer(work: Work): Promise<void> {
  const { request, pages, writer, context } = work;
  let isOpen = false;
  try {
    await withModel(request, context, async (model) => {
      isOpen = true;
      const { weights } = await model.info({ signal: context.signal });
      await answerPages(work, model, { model: model.id, precision: weights.name, version: packageVersion() });
    });
  } catch (error) {
    if (isOpen || context.signal.aborted) throw error;
    // Without a model no page can be read: each still gets its line of JSON, stderr tells it once.
    for (const page of pages) await writer.writeFailure(page.files, page.error ?? error, { isReported: page.error === undefined });
    throw error;
  }
}

async function answerPages({ request, pages, writer, context }: Work, model: VisionModel, origin: AnswerOrigin): Promise<void> {
  const { signal, status } = context;
  const start = (page: Page, stop: AbortSignal): AsyncIterable<GenerationEvent> => answerPage(page, { request, model, signal: stop });
  let position = 0;
  try {
    for await (const { item, job } of answerInOrder(pages, start, { signal, limit: request.concurrency ?? parallelAnswers })) {
      position += 1;
      const label = `${pages.length > 1 ? `[${position}/${pages.length}] ` : ''}${item.files.map(showName).join(', ')}`;
      await followAnswer(job, { label, files: item.files, writer, context });
      status.clear();
      const outcome = await job.result.then(
        (result) => ({ result, error: undefined }),
        (error: unknown) => ({ result: undefined, error }),
      );
      signal.throwIfAborted(); // all answers fail then, and none of them by itself
      if (outcome.result === undefined) await writer.writeFailure(item.files, outcome.error);
      else await writer.writeAnswer(item.files, outcome.result, origin);
    }
  } finally {
    status.clear();
    await writer.endLine();
  }
}

interface View {
  readonly label: string;
  readonly files: readonly string[];
  readonly writer: AnswerWriter;
  readonly context: CommandContext;
}

/** Shows progress until text can be shown, then the text as it is made; without a terminal for it, progress to the end. */
async function followAnswer(job: AnswerJob, { label, files, writer, context }: View): Promise<void> {
  const labels = createAnswerLabels(label);
  let isTextShown = false;
  for await (const update of job.updates()) {
    if (update.type === 'progress') {
      if (!isTextShown) context.status.show(labels(update));
    } else if (writer.isLive) {
      context.status.clear();
      isTextShown = await writer.writeDelta(files, update.delta);
    }
  }
}

interface AnswerContext {
  readonly request: ReadRequest;
  readonly model: VisionModel;
  readonly signal: AbortSignal;
}

async function* answerPage(page: Page, { request, model, signal }: AnswerContext): AsyncGenerator<GenerationEvent, void> {
  if (page.error !== undefined) throw page.error;
  const { images } = page;
  yield* limitTime(request.timeout, signal, (limited) =>
    model.stream(answerRequest({ images, question: request.question, signal: limited }, request)),
  );
}
