import {
  ConnectionError,
  type Deadline,
  type DocumentFacts,
  type OperationName,
  OutputInvalidError,
  type OutputSchema,
  type PageError,
  startDeadline,
  TimeoutError,
} from '@h2ovl/contract';
import {
  buildDocumentOptions,
  type DocumentStreamEvent,
  documentPartName,
  type PageContent,
  readDocumentEvent,
  streamEndMark,
  wirePaths,
  writeFormFields,
} from '@h2ovl/contract/wire';
import type { Connection } from '../client-options.ts';
import { readJsonSchema, validateValue } from '../output-schema.ts';
import { createInvalidResponse, describeResponse, excerptOf, sendRequest } from '../request.ts';
import { parseEvent, readData, throwEnvelope } from '../response-stream.ts';
import { readDocumentFile } from './document-file.ts';
import type { DocumentInput, DocumentOptions, ExtractDocumentOptions, ReadDocumentOptions } from './document-options.ts';

/** What any of the operations may be told. */
export type OperationOptions = DocumentOptions &
  Pick<ReadDocumentOptions, 'mode' | 'instruction' | 'compare' | 'lines' | 'readBlank' | 'retry'> &
  Partial<Pick<ExtractDocumentOptions<unknown>, 'support' | 'evidence' | 'secondReading'>> & {
    readonly question?: string;
    readonly schema?: OutputSchema;
    readonly enforcement?: 'decoding' | 'after' | undefined;
  };

/** The result of a page with its document. */
export type PageOutcome = PageContent & { readonly document: DocumentFacts };

/** The pages of a document as the server finishes them. Leaving the loop closes the connection, which stops the work. */
export async function* runOperation(
  connection: Connection,
  operation: OperationName,
  document: DocumentInput,
  options: OperationOptions,
): AsyncGenerator<PageOutcome, void> {
  const deadline = startDeadline(connection.timeoutMs, [options.signal], tookTooLong);
  try {
    const { schema } = options;
    const form = await buildForm(document, { ...options, schema: schema === undefined ? undefined : readJsonSchema(schema) }, deadline);
    const response = await sendRequest(
      connection,
      { method: 'POST', path: wirePaths[operation], accept: 'text/event-stream', form },
      deadline,
    );
    for await (const page of readPages(response, options, deadline)) {
      deadline.pause(); // the time that the caller takes is not the server's
      yield schema === undefined ? page : await withObject(page, schema);
      deadline.restart();
    }
  } finally {
    deadline.release();
  }
}

type FormOptions = Omit<OperationOptions, 'schema'> & { readonly schema: Readonly<Record<string, unknown>> | undefined };

async function buildForm(document: DocumentInput, options: FormOptions, { signal }: Deadline): Promise<FormData> {
  const { content, name } = await readDocumentFile(document, options.name, signal);
  const isFollowed = options.onProgress !== undefined;
  const form = new FormData();
  const stream = { includeProgress: isFollowed || options.onStatus !== undefined, includeText: isFollowed };
  for (const [field, value] of writeFormFields(buildDocumentOptions(options, stream))) form.append(field, value);
  form.append(documentPartName, content, name);
  return form;
}

async function* readPages(response: Response, options: OperationOptions, { signal }: Deadline): AsyncGenerator<PageOutcome, void> {
  const order = new PageOrder(response);
  for await (const data of readData(response, signal)) {
    if (data === streamEndMark) {
      order.end();
      return;
    }
    const value = parseEvent(data, response);
    const event = readDocumentEvent(value);
    if (event === undefined) throwEnvelope(value, response); // only what is no event: a failed page has an `error`, too
    if (event === undefined) throw createInvalidResponse(response, `an event that is none of a document (${excerptOf(data, 80)})`);
    if (event.type === 'wait' || event.type === 'load') options.onStatus?.(event);
    else if (event.type === 'progress' || event.type === 'text') reportProgress(event, order, options);
    else if (event.type === 'page') yield order.take(event.result);
    else order.note(event);
  }
  throw new ConnectionError(`The answer broke off after ${order.done} of ${order.total ?? 'an unknown number of'} pages.`, {
    response: describeResponse(response),
    hint: 'The server stopped or a proxy cut the connection; ask for the pages that are missing.',
  });
}

function reportProgress(
  event: Extract<DocumentStreamEvent, { readonly type: 'progress' | 'text' }>,
  { done, total = 0 }: PageOrder,
  { onProgress }: OperationOptions,
): void {
  const { page } = event;
  if (event.type === 'text') onProgress?.({ page, done, total, event: { type: 'text-delta', delta: event.delta } });
  else onProgress?.({ page, done: event.done, total: event.total, ...(event.event && { event: event.event }) });
}

/** Holds a stream to its order: a page that comes twice, or not at all, is an error and never another result. */
class PageOrder {
  done = 0;
  readonly #response: Response;
  #document: DocumentFacts | undefined;
  #pages: readonly number[] | undefined;
  #hasSummary = false;

  constructor(response: Response) {
    this.#response = response;
  }

  get total(): number | undefined {
    return this.#pages?.length;
  }

  note(event: DocumentStreamEvent): void {
    if (event.type === 'document') {
      this.#document ??= event.document;
      this.#pages ??= event.pages;
    } else if (event.type === 'done') this.#hasSummary = true;
  }

  take(result: PageContent): PageOutcome {
    if (this.#document === undefined || result.page !== this.#pages?.[this.done]) {
      throw createInvalidResponse(
        this.#response,
        `page ${result.page} where another was due: something on the way lost or repeated a part`,
      );
    }
    this.done += 1;
    return { ...result, document: this.#document };
  }

  end(): void {
    if (!this.#hasSummary || this.done !== this.total) {
      throw createInvalidResponse(
        this.#response,
        `${this.done} of ${this.total ?? 'an unknown number of'} pages and the sign that this was all`,
      );
    }
  }
}

/** The page with its object as the schema makes it. One that the schema refuses is a failed page; the others go on. */
async function withObject(page: PageOutcome, schema: OutputSchema): Promise<PageOutcome> {
  if (page.error !== undefined) return { ...page, object: undefined };
  const { text, work, object, verdict } = page;
  if (object === undefined && verdict.kind !== 'ok') return { ...page, object }; // a blank page: nobody was asked
  try {
    return { ...page, object: await validateValue(schema, object, { text, finishReason: work?.finishReason ?? 'stop' }) };
  } catch (error) {
    if (!OutputInvalidError.isInstance(error)) throw error;
    return { ...page, object: undefined, verdict: { ...verdict, kind: 'failed', reasons: [error.message] }, error: describeFailure(error) };
  }
}

function describeFailure({ code, message, hint, text, issues, finishReason }: OutputInvalidError): PageError {
  return { code, message, hint, output: { text, issues, finishReason } };
}

function tookTooLong(timeoutMs: number): TimeoutError {
  return new TimeoutError(`No page was finished within the timeout of ${timeoutMs} ms.`, {
    hint: 'Raise timeout; a large page on a slow machine can take minutes, and so can the wait for other requests.',
  });
}
