import { askRequest, endVerdict } from '@h2ovl/contract';
import {
  askDocument,
  closeLineReader,
  type DocumentProgress,
  type PageReading,
  type PageResult,
  type ReadMode,
  readDocument,
} from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import type { DocumentFlags } from '../flags/document-flags.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import { given } from '../given.ts';
import { findInputs } from '../inputs/find-inputs.ts';
import type { NamedInput } from '../inputs/named-input.ts';
import { UsageError } from '../usage-error.ts';
import { AnswerJob, type ReportUpdate } from './answer-job.ts';
import { answerOptions, budgetOptions, parallelAnswers } from './answer-request.ts';
import { AnswerWriter } from './answer-writer.ts';
import { type Destination, toStandardOutput } from './destination.ts';
import { DocumentPages, type OpenPage } from './document-pages.ts';
import { firstOf } from './first-of.ts';
import { followAnswer, followPages } from './follow-pages.ts';
import { LazyModel } from './lazy-model.ts';
import { openOptions } from './open-options.ts';
import { openOutFolder } from './out-folder.ts';
import type { AnswerForm } from './text-forms.ts';

/** What `read` and `ask` are told: they differ in the question. */
export interface ReadRequest extends RunFlags, DocumentFlags {
  readonly files: readonly string[];
  /** Undefined: the text of the page. */
  readonly question: string | undefined;
  readonly form: AnswerForm;
  /** Where the text of a page comes from; of no concern to a question. */
  readonly mode: ReadMode;
  /** What the model is told instead of the sentence of `read`; undefined where that holds. */
  readonly instruction: string | undefined;
  /** Both readings of a page are compared. */
  readonly compare: boolean;
  /** A page is read again in other ways where the model fails. */
  readonly retry: boolean;
  /** The model reads blank pages, too. */
  readonly readBlank: boolean;
  /** What the model reads is compared with the lines of the page; undefined where the default holds. */
  readonly support: boolean | undefined;
  /** All pages of all documents in one prompt. */
  readonly together: boolean;
}

const endings: Readonly<Record<AnswerForm, string>> = { text: '.txt', markdown: '.md', json: '.jsonl' };

interface Work {
  readonly request: ReadRequest;
  readonly inputs: readonly NamedInput[];
  readonly pages: DocumentPages;
  readonly model: LazyModel;
  readonly writer: AnswerWriter;
  readonly context: CommandContext;
}

/** `read` and `ask`: one answer for each page, or one for all together. Exit code 1 when one of them failed. */
export async function answerFiles(request: ReadRequest, context: CommandContext): Promise<number> {
  const { signal, status, world } = context;
  const options = await openOptions(request, context);
  const inputs = await findInputs(request.files, world, {
    command: request.question === undefined ? 'read' : 'ask',
    signal,
    allowUrls: request.urlHosts !== undefined,
    isRecursive: request.recursive,
  });
  const model = new LazyModel(request, context);
  const writer = new AnswerWriter({
    destination: await openDestination(request, inputs, context),
    status,
    form: request.form,
    h2ovl: world.h2ovl,
    isTogether: request.together,
    inputCount: inputs.length,
    isComparing: request.compare,
    origin: () => model.origin,
  });
  const work: Work = { request, inputs, pages: new DocumentPages(inputs, options), model, writer, context };
  try {
    if (request.together) await answerTogether(work);
    else await answerPages(work);
  } finally {
    await model[Symbol.asyncDispose]();
    await closeLineReader();
  }
  return writer.hasFailed ? 1 : 0;
}

async function openDestination(
  { out, overwrite, form }: ReadRequest,
  inputs: readonly NamedInput[],
  { output, status }: CommandContext,
): Promise<Destination> {
  if (out === undefined) return toStandardOutput(output);
  const onWritten = (path: string): void => status.logPhase(`Written: ${path}`);
  return await openOutFolder(out, inputs, { ending: endings[form], isOverwriting: overwrite, onWritten });
}

async function answerPages({ request, inputs, pages, model, writer, context }: Work): Promise<void> {
  const { question, mode, instruction, compare, readBlank, retry, support } = request;
  // Reading again is for models alone: where none is asked, it is not asked for.
  const own = { mode, instruction, compare, readBlank, ...given({ support, retry: retry ? undefined : false }) };
  let isSaid = false;
  const sayLinesOnce = (): void => {
    if (!isSaid) context.status.notify(linesNotice(context.world.h2ovl));
    isSaid = true;
  };
  const work = (
    { document, page }: OpenPage,
    report: ReportUpdate,
    signal: AbortSignal,
  ): Promise<PageResult & { readonly text: string }> => {
    const options = {
      pages: [page],
      signal,
      ...answerOptions(request),
      ...budgetOptions(request),
      rotate: request.rotate,
      onProgress: ({ event }: DocumentProgress) => {
        if (event !== undefined) report(event);
      },
    };
    const reading = firstOf(
      question === undefined
        ? readDocument(document, { ...options, ...own, ...(needsModel(request) && { model: model.get }) })
        : askDocument(document, { ...options, question, model: model.get }),
    );
    return reading.then((result: PageReading) => {
      if (result.source === 'lines' && mode === 'auto' && !needsModel(request)) sayLinesOnce();
      return result;
    });
  };
  const concurrency = request.concurrency ?? parallelAnswers;
  await followPages<PageReading>({ pages, inputCount: inputs.length, concurrency, model, writer, context, work });
}

const linesNotice = (h2ovl: string): string =>
  `No model was chosen, so the line reader reads: print as it stands, line by line. Get a model that understands pages with: ${h2ovl} pull 0.8b, then pass --model 0.8b (or set H2OVL_MODEL).`;

/** Without a model that was chosen, lines are read: nano, which comes along, reads clean pages only. */
function needsModel({ mode, compare, isDefaultModel }: ReadRequest): boolean {
  return mode === 'model' || compare || (mode === 'auto' && !isDefaultModel);
}

/** One prompt with every page. A document that cannot be opened leaves nothing to answer: the question is about all of them. */
async function answerTogether({ request, pages, model, writer, context }: Work): Promise<void> {
  const { signal, status } = context;
  if (request.rotate !== undefined) throw new UsageError('--rotate is for pages that are asked about one by one: leave out --together.');
  if (request.pageBudget !== undefined) {
    throw new UsageError('--page-budget is for pages that are asked about one by one: give --document-budget, or leave out --together.');
  }
  const { documentBudgetMs: budgetMs } = budgetOptions(request);
  const subject = { input: 0, files: request.files };
  const job = new AnswerJob(async (report) => {
    const images = [];
    for await (const item of pages.items()) {
      if (item.kind === 'refused') throw item.error;
      images.push(await item.document.page(item.page, signal));
    }
    const { stream } = await model.get();
    for await (const event of stream(
      askRequest({ images, question: request.question ?? '', signal, budgetMs, ...answerOptions(request) }),
    )) {
      if (event.type === 'progress' || event.type === 'text-delta') report(event);
      if (event.type !== 'finish') continue;
      const { text, warnings, finishReason, usage, timings, images: facts } = event.result;
      const work = { finishReason, usage, timings, ...given({ images: facts }) };
      return {
        text,
        verdict: endVerdict(finishReason),
        warnings: warnings.map(({ message }) => message.replace(/\bbudgetMs\b/g, 'documentBudgetMs')),
        work,
      };
    }
    throw new Error('The model ended without an answer.');
  });
  try {
    await followAnswer(job, request.files.join(', '), subject, { writer, context });
    status.clear();
    const outcome = await job.result.then(
      (result) => ({ result, error: undefined }),
      (error: unknown) => ({ result: undefined, error }),
    );
    signal.throwIfAborted();
    if (outcome.result === undefined) await writer.writeFailure(subject, outcome.error);
    else await writer.writeResult(subject, outcome.result);
    await writer.endDocument(0);
  } finally {
    status.clear();
    await writer.endLine();
    await pages.close();
  }
}
