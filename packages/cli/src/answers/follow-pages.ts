import type { PageResult } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import { createAnswerLabels } from '../terminal/progress-labels.ts';
import { showName } from '../terminal/terminal-text.ts';
import { answerInOrder } from './answer-in-order.ts';
import type { AnswerJob, ReportUpdate } from './answer-job.ts';
import type { AnswerSubject } from './answer-writer.ts';
import type { DocumentPages, OpenPage, PageItem } from './document-pages.ts';
import type { LazyModel } from './lazy-model.ts';

/** What the results of pages are handed to. */
export interface PageWriter<Result> {
  /** Whether text is shown while it is made. */
  readonly isLive: boolean;
  /** Returns whether something was shown. */
  writeDelta(subject: AnswerSubject, delta: string): Promise<boolean>;
  writeResult(subject: AnswerSubject, result: Result): Promise<void>;
  writeFailure(subject: AnswerSubject, error: unknown, options?: { readonly isReported?: boolean }): Promise<void>;
  endLine(): Promise<void>;
  endDocument(input: number): Promise<void>;
  /** The work ends before the input does. */
  stopDocument(input: number): Promise<void>;
}

export interface FollowOptions<Result> {
  readonly pages: DocumentPages;
  readonly inputCount: number;
  readonly concurrency: number;
  readonly model: LazyModel;
  readonly writer: PageWriter<Result>;
  readonly context: CommandContext;
  /** What is done with one page. */
  readonly work: (page: OpenPage, report: ReportUpdate, signal: AbortSignal) => Promise<Result>;
}

/** Works on all pages in their order, several at a time, and writes each result as soon as it is its turn. */
export async function followPages<Result extends PageResult>(options: FollowOptions<Result>): Promise<void> {
  const { pages, concurrency, context, writer } = options;
  const { signal, status } = context;
  let current: number | undefined;
  try {
    const start = (item: PageItem, report: ReportUpdate, stop: AbortSignal): Promise<Result> => workOn(item, options, report, stop);
    for await (const { item, job } of answerInOrder(pages.items(), start, { signal, limit: concurrency })) {
      current = item.input;
      await followOne(item, job, options);
      if (item.kind === 'page' && !item.isLast) continue;
      await writer.endDocument(item.input);
    }
  } catch (error) {
    status.clear();
    await writer.endLine().catch(() => {}); // where nothing can be written any more, the error itself says so
    if (current !== undefined) await writer.stopDocument(current);
    throw error;
  } finally {
    await pages.close();
  }
}

async function workOn<Result>(item: PageItem, { work }: FollowOptions<Result>, report: ReportUpdate, signal: AbortSignal): Promise<Result> {
  if (item.kind === 'refused') throw item.error;
  try {
    return await work(item, report, signal);
  } finally {
    await item.release();
  }
}

async function followOne<Result extends PageResult>(item: PageItem, job: AnswerJob<Result>, options: FollowOptions<Result>): Promise<void> {
  const { context, writer, model } = options;
  const { signal, status } = context;
  const subject = describeItem(item);
  await followAnswer(job, makeLabel(item, options.inputCount), subject, options);
  status.clear();
  const outcome = await job.result.then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  signal.throwIfAborted(); // all answers fail then, and none of them by itself
  if (outcome.result !== undefined) {
    await writer.writeResult(subject, outcome.result);
    return;
  }
  // A model that cannot be opened is told once, and not as the fault of a document.
  const isOfModel = model.isFailure(outcome.error);
  if (isOfModel && !model.isReported) status.fail(outcome.error);
  model.isReported ||= isOfModel;
  await writer.writeFailure(subject, outcome.error, { isReported: isOfModel });
}

/** Shows progress until text can be shown, then the text as it is made; without a terminal for it, progress to the end. */
export async function followAnswer<Result>(
  job: AnswerJob<Result>,
  label: string,
  subject: AnswerSubject,
  { writer, context: { status } }: Pick<FollowOptions<Result>, 'writer' | 'context'>,
): Promise<void> {
  const labels = createAnswerLabels(label);
  let isTextShown = false;
  status.show({ label: `${label}: opening` });
  for await (const update of job.updates()) {
    if (update.type === 'progress') {
      if (!isTextShown) status.show(labels(update));
    } else if (writer.isLive) {
      status.clear();
      isTextShown = await writer.writeDelta(subject, update.delta);
    }
  }
}

function describeItem(item: PageItem): AnswerSubject {
  const { input, file } = item;
  if (item.kind === 'refused') return { input, files: [file] };
  return { input, files: [file], page: item.page, pageCount: item.document.pageCount, chosen: item.chosen };
}

function makeLabel(item: PageItem, inputCount: number): string {
  const place = inputCount > 1 ? `[${item.input + 1}/${inputCount}] ` : '';
  const page = item.kind === 'page' && item.document.pageCount > 1 ? `, page ${item.page} of ${item.document.pageCount}` : '';
  return `${place}${showName(item.file)}${page}`;
}
