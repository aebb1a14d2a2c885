import type { GenerationEvent, ImageInput, VisionModel } from '@h2ovl/core';
import { maxOutputTokens, parallelAnswers, readQuestion } from './answer-defaults.ts';
import { answerInOrder } from './answer-in-order.ts';
import type { AnswerJob } from './answer-job.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { ReadCommand } from './commands.ts';
import { given } from './given.ts';
import { type NamedInput, openInputs } from './open-inputs.ts';
import { createAnswerLabels } from './progress-labels.ts';
import type { Session } from './session.ts';
import { withModel } from './with-model.ts';

/** Images that share one prompt, and what they are called. */
interface Page {
  readonly files: readonly string[];
  readonly images: readonly ImageInput[];
  /** Why it cannot be read, as far as that is known already. */
  readonly error: unknown;
}

interface Work {
  readonly command: ReadCommand;
  readonly pages: readonly Page[];
  readonly writer: AnswerWriter;
  readonly session: Session;
}

/** `read` and `ask`: one answer for each file, or one for all together. Exit code 1 when one of them failed. */
export async function readFiles(command: ReadCommand, session: Session): Promise<number> {
  const inputs = await openInputs(command.files, session.world, session.signal);
  const pages = command.together ? [joinPage(inputs)] : inputs.map((input) => joinPage([input]));
  const writer = new AnswerWriter({
    output: session.output,
    status: session.status,
    isJson: command.json,
    isTogether: command.together,
    hasHeaders: pages.length > 1,
  });
  const work: Work = { command, pages, writer, session };
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
  const { command, pages, writer, session } = work;
  let isOpen = false;
  try {
    await withModel(command, session, async (model) => {
      isOpen = true;
      await answerPages(work, model);
    });
  } catch (error) {
    if (isOpen || session.signal.aborted) throw error;
    // Without a model no page can be read: each still gets its line of JSON, stderr tells it once.
    for (const page of pages) await writer.writeFailure(page.files, page.error ?? error, { isReported: page.error === undefined });
    throw error;
  }
}

async function answerPages({ command, pages, writer, session }: Work, model: VisionModel): Promise<void> {
  const { signal, status } = session;
  const start = (page: Page, stop: AbortSignal): AsyncIterable<GenerationEvent> => answerPage(page, { command, model, signal: stop });
  let position = 0;
  try {
    for await (const { item, job } of answerInOrder(pages, start, { signal, limit: parallelAnswers })) {
      position += 1;
      const label = `${pages.length > 1 ? `[${position}/${pages.length}] ` : ''}${item.files.join(', ')}`;
      await followAnswer(job, { label, files: item.files, writer, session });
      status.clear();
      const outcome = await job.result.then(
        (result) => ({ result, error: undefined }),
        (error: unknown) => ({ result: undefined, error }),
      );
      signal.throwIfAborted(); // all answers fail then, and none of them by itself
      if (outcome.result === undefined) await writer.writeFailure(item.files, outcome.error);
      else await writer.writeAnswer(item.files, outcome.result, model.id);
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
  readonly session: Session;
}

/** Shows progress until text can be shown, then the text as it is made; without a terminal for it, progress to the end. */
async function followAnswer(job: AnswerJob, { label, files, writer, session }: View): Promise<void> {
  const labels = createAnswerLabels(label);
  let isTextShown = false;
  for await (const update of job.updates()) {
    if (update.type === 'progress') {
      if (!isTextShown) session.status.show(labels(update));
    } else if (writer.isLive) {
      session.status.clear();
      isTextShown = await writer.writeDelta(files, update.delta);
    }
  }
}

interface AnswerContext {
  readonly command: ReadCommand;
  readonly model: VisionModel;
  readonly signal: AbortSignal;
}

async function* answerPage(page: Page, { command, model, signal }: AnswerContext): AsyncGenerator<GenerationEvent, void> {
  if (page.error !== undefined) throw page.error;
  const { question, maxTiles, maxTokens } = command;
  yield* model.stream({
    prompt: question ?? readQuestion,
    images: page.images,
    maxOutputTokens: maxTokens ?? (question === undefined ? maxOutputTokens.read : maxOutputTokens.ask),
    ...given({ maxTiles }),
    signal,
  });
}
