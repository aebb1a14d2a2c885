import { randomBytes } from 'node:crypto';
import {
  type DocumentLimits,
  documentLimitNames,
  type GenerateOptions,
  type GenerationEvent,
  type ImageOptions,
  maxAnswerChars,
  type OperationName,
  pickOptions,
  type SamplingOptions,
  samplingOptionNames,
  VisionError,
  type WorkBudgets,
  workBudgetNames,
} from '@h2ovl/contract';
import {
  type AnyPageResult,
  type DocumentRequestOptions,
  type DocumentStreamRequest,
  type WireDocumentAnswer,
  type WireDocumentEvent,
  type WireDocumentHead,
  type WirePage,
  writeDocument,
  writeLoad,
  writePage,
  writeSummary,
} from '@h2ovl/contract/wire';
import type { DocumentOptions, OpenDocument, PageModel } from '@h2ovl/core';
import type { OutputSchemaMaker } from '../../engine.ts';
import type { HeldPlace, ModelRunner, WorkEvent } from '../../queue/model-runner.ts';
import { type AnswerJsonOptions, answerJson, watchClient } from '../answer-json.ts';
import { toEnvelope } from '../error-response.ts';
import { eventStream } from '../event-stream.ts';
import { checkModel } from '../read-chat.ts';
import { toDocumentError, toWireResult } from './document-errors.ts';
import { type HeldDocument, type ReadDocumentRequestOptions, readDocumentRequest } from './read-document-request.ts';

export interface DocumentRouteOptions extends AnswerJsonOptions, ReadDocumentRequestOptions {
  readonly runner: ModelRunner;
  readonly makeOutputSchema: OutputSchemaMaker;
  /** Processes that may decode documents at the same time. @default as `openDocument` does */
  readonly maxDecoders?: number | undefined;
}

/** What an operation is given for its pages. */
export interface PageWork {
  readonly document: OpenDocument;
  /** What the library's function takes, whichever it is. */
  readonly common: DocumentOptions & { readonly model: PageModel };
}

/** An operation, and how it is done once its own options were looked at. */
export interface DocumentRoute {
  readonly operation: OperationName;
  /**
   * Looks at the options of this operation, before the request takes its place in the queue; what it returns makes everything ready in the request's turn,
   * before the document is opened. @throws INVALID_ARGUMENT
   */
  readonly prepare: (options: DocumentRequestOptions, route: DocumentRouteOptions) => () => Promise<DoPages>;
}

/** Does the pages of an open document. */
export type DoPages = (work: PageWork) => AsyncIterable<AnyPageResult>;

/**
 * Answers a request for a document. Its bytes and options are bounded and checked first; it takes its place in the queue; in its turn the document is opened
 * and its pages are done one by one, and after each page those go first that wait.
 */
export async function answerDocument(request: Request, route: DocumentRoute, options: DocumentRouteOptions): Promise<Response> {
  const { log, heartbeatMs, statusAfterMs = firstEventMs } = options;
  const held = await readDocumentRequest(request, route.operation, options);
  const { stream } = held;
  if (stream === undefined) {
    return answerJson(request, held, options, async (signal) => {
      const gathered = new Gathered(route.operation);
      await work(held, route, options, { signal, send: gathered.take, behind: () => undefined });
      return gathered.answer();
    });
  }
  const client = watchClient(request);
  return await eventStream({
    run: async ({ send, behind }) => {
      const wanted = wantedEvents(stream);
      try {
        await work(held, route, options, { signal: client.signal, send: (event) => wanted(event) && send(event), behind });
      } finally {
        held.release();
      }
    },
    onCancel: client.leave,
    // The answer to a client that has gone is not a failure of the server.
    describeError: (error) => toEnvelope(error, client.signal.aborted ? () => {} : log).envelope,
    statusAfterMs: Math.min(statusAfterMs, firstEventMs),
    heartbeatMs,
  });
}

/** A stream waits so long for its first event, so that a document that cannot be opened is a status. */
const firstEventMs = 10_000;

interface Outlet {
  readonly signal: AbortSignal;
  readonly send: (event: WireDocumentEvent) => void;
  /** Settled when the client has taken enough for more to be made; undefined when it is not behind. */
  readonly behind: () => Promise<void> | undefined;
}

async function work(held: HeldDocument, route: DocumentRoute, options: DocumentRouteOptions, outlet: Outlet): Promise<void> {
  const { runner, maxDecoders } = options;
  try {
    if (held.options.model !== undefined) checkModel(held.options.model, runner.modelId);
    const makeReady = route.prepare(held.options, options);
    const place = runner.hold(outlet.signal);
    try {
      await workPages(held, makeReady, { id: runner.modelId, keeper: runner, maxDecoders }, place, outlet);
    } finally {
      place.leave();
    }
  } catch (error) {
    throw toDocumentError(error);
  }
}

async function workPages(
  { bytes, name, options }: HeldDocument,
  makeReady: () => Promise<DoPages>,
  { id, keeper, maxDecoders }: Pick<PageModel, 'id' | 'keeper'> & Pick<DocumentRouteOptions, 'maxDecoders'>,
  place: HeldPlace,
  { send, behind }: Outlet,
): Promise<void> {
  let current = { page: 0, done: 0, total: 0 };
  const onWork = (event: WorkEvent): void => {
    if (event.type === 'wait') send({ type: 'wait', ahead: event.ahead });
    else if (event.type === 'load') send({ type: 'load', ...writeLoad(event.progress) });
    else if (event.type === 'text-delta') send({ type: 'text', page: current.page, delta: event.delta });
    else send({ type: 'progress', ...current, work: { phase: event.phase, done: event.done, total: event.total } });
  };
  await place.turn(onWork);
  const { openDocument, listPages } = await import('@h2ovl/core');
  const doPages = await makeReady();
  const { signal } = place;
  const limits = pickOptions<DocumentLimits>(options, documentLimitNames);
  const { password, dpi } = options;
  await using document = await openDocument(bytes, { ...limits, name, password, dpi, maxDecoders, signal });
  const numbers = listPages(options.pages, document.pageCount);
  const head: WireDocumentHead = { id: `doc_${randomBytes(12).toString('hex')}`, created: Math.floor(Date.now() / 1000), model: id };
  const model: PageModel = {
    id,
    ...(keeper && { keeper }),
    info: () => place.info(onWork),
    async *stream(request: GenerateOptions<unknown>): AsyncGenerator<GenerationEvent<unknown>, void> {
      yield { type: 'finish', result: await place.run(request, onWork) };
    },
  };
  const onProgress: NonNullable<DocumentOptions['onProgress']> = ({ page, done, total }) => {
    // Once the library has taken the request: what it refuses is no answer that has begun.
    if (current.total === 0) send({ type: 'document', ...head, document: writeDocument(document), pages: numbers });
    current = { page, done, total };
    send({ type: 'progress', ...current });
  };
  const results: AnyPageResult[] = [];
  const common = {
    ...limits,
    ...pickOptions<SamplingOptions & ImageOptions>(options, samplingOptionNames),
    ...pickOptions<WorkBudgets>(options, workBudgetNames),
    ...(options.rotate !== undefined && { rotate: options.rotate }),
    pages: numbers,
    signal,
    onProgress,
    model,
  };
  for await (const result of doPages({ document, common })) {
    const { page, work: took, error, verdict, warnings } = result;
    results.push({ page, document, work: took, error, verdict, warnings }); // for the sum; texts are not kept
    send({ type: 'page', ...writePage(toWireResult(result)) });
    if (results.length < numbers.length) await place.pass(onWork, behind());
  }
  send({ type: 'done', ...writeSummary(results, []) });
}

function wantedEvents({ includeProgress, includeText }: DocumentStreamRequest): (event: WireDocumentEvent) => boolean {
  return ({ type }) => {
    if (type === 'text') return includeText === true;
    return includeProgress === true || type === 'document' || type === 'page' || type === 'done';
  };
}

/** The events of an answer as one value. */
class Gathered {
  readonly #operation: OperationName;
  readonly #pages: WirePage[] = [];
  #characters = 0;
  #head: Extract<WireDocumentEvent, { readonly type: 'document' }> | undefined;
  #summary: Extract<WireDocumentEvent, { readonly type: 'done' }> | undefined;

  constructor(operation: OperationName) {
    this.#operation = operation;
  }

  readonly take = (event: WireDocumentEvent): void => {
    if (event.type === 'document') this.#head = event;
    else if (event.type === 'done') this.#summary = event;
    else if (event.type === 'page') {
      const { type: _, ...page } = event;
      this.#characters += page.text.length + (page.object === undefined ? 0 : JSON.stringify(page.object).length);
      if (this.#characters > maxAnswerChars) throw tooLong();
      this.#pages.push(page);
    }
  };

  answer(): WireDocumentAnswer {
    if (this.#head === undefined || this.#summary === undefined) throw new Error('The document was never begun.');
    const { type: _, pages: __, document, ...head } = this.#head;
    const { type: ___, ...summary } = this.#summary;
    return { ...head, object: `document.${this.#operation}`, document, pages: this.#pages, summary };
  }
}

function tooLong(): VisionError {
  return new VisionError('DOCUMENT_TOO_LARGE', `The answer has more than ${maxAnswerChars} characters.`, {
    hint: 'Ask for fewer pages at a time, or for a stream.',
    param: 'pages',
  });
}
