import {
  checkOptions,
  type Deadline,
  invalidArgument,
  type OperationName,
  type PageAnswer,
  type PageObject,
  type PageReading,
  startDeadline,
  type VisionModel,
} from '@h2ovl/contract';
import { type Health, readHealth, readModelIds, wirePaths } from '@h2ovl/contract/wire/answers';
import type { ClientOptions, Connection, RequestOptions } from './client-options.ts';
import { applyRequestOptions, readClientOptions } from './client-options.ts';
import type { AskDocumentOptions, DocumentInput, ExtractDocumentOptions, ReadDocumentOptions } from './documents/document-options.ts';
import { RemoteModel } from './remote-model.ts';
import { askJson } from './request.ts';

/** A model the server offers. */
export interface ModelSummary {
  /** What `model(id)` takes. */
  readonly id: string;
}

/** Talks to an h2ovl server. Holds no connection and needs no closing. */
export class VisionClient {
  readonly #connection: Connection;

  /** Throws VisionError INVALID_ARGUMENT for options that make no sense or do not exist. */
  constructor(options: ClientOptions = {}) {
    this.#connection = readClientOptions(options);
  }

  /** A model of the server by its id; whether the server has it shows at the first call. `defaults` hold for all calls of this model. */
  model(id: string, defaults: RequestOptions = {}): VisionModel {
    if (typeof id !== 'string' || id === '') {
      throw invalidArgument('model() was given no id.', 'model', 'listModels() tells the ids.');
    }
    return new RemoteModel(id, applyRequestOptions(this.#connection, defaults, 'model()'), defaults.signal);
  }

  /**
   * Reads a document page by page: a PDF, an image, every page of a TIFF, a HEIC photo. Lazy, in order; a page that fails has an `error`, and the next one
   * follows. Leaving the loop or the signal stops the work on the server.
   * @throws VisionError of the document, of its page range, of the model as a whole or of the connection; the signal's reason when aborted
   */
  read(document: DocumentInput, options: ReadDocumentOptions = {}): AsyncGenerator<PageReading, void> {
    return this.#pages<PageReading>('read', document, options);
  }

  /** Asks the model one question about each page, one answer a page. As `read` otherwise. */
  ask(document: DocumentInput, options: AskDocumentOptions): AsyncGenerator<PageAnswer, void> {
    return this.#pages<PageAnswer>('ask', document, options);
  }

  /** Takes one object that fits the schema from each page. A page whose answer does not fit has an `error` OUTPUT_INVALID. As `read` otherwise. */
  extract<T>(document: DocumentInput, options: ExtractDocumentOptions<T>): AsyncGenerator<PageObject<T>, void> {
    return this.#pages<PageObject<T>>('extract', document, options as ExtractDocumentOptions<unknown>);
  }

  async *#pages<Result>(
    operation: OperationName,
    document: DocumentInput,
    options: ReadDocumentOptions | AskDocumentOptions | ExtractDocumentOptions<unknown>,
  ): AsyncGenerator<Result, void> {
    // Loaded with the first document: a page of the web that only asks about pictures is spared it.
    const [{ optionNames }, { runOperation }] = await Promise.all([
      import('./documents/document-options.ts'),
      import('./documents/run-operation.ts'),
    ]);
    checkOptions(options, optionNames[operation], `${operation}()`);
    const { signal, timeout, maxRetries, headers, onProgress, onStatus } = options;
    for (const [name, callback] of Object.entries({ onProgress, onStatus })) {
      if (callback === undefined || typeof callback === 'function') continue;
      throw invalidArgument(`${name} is no function.`, name, 'Leave it out, or pass a function.');
    }
    const connection = applyRequestOptions(
      this.#connection,
      {
        ...(signal !== undefined && { signal }),
        ...(timeout !== undefined && { timeout }),
        ...(maxRetries !== undefined && { maxRetries }),
        ...(headers !== undefined && { headers }),
      },
      `${operation}()`,
    );
    yield* runOperation(connection, operation, document, options) as AsyncGenerator<unknown> as AsyncGenerator<Result, void>; // of this operation
  }

  /** The models the server offers. */
  async listModels(options: RequestOptions = {}): Promise<readonly ModelSummary[]> {
    const ids = await this.#get(
      wirePaths.models,
      { options, where: 'listModels()' },
      readModelIds,
      'something other than a list of models',
    );
    return ids.map((id) => ({ id }));
  }

  /** Whether the model is loaded, and how long the queue is. */
  async health(options: RequestOptions = {}): Promise<Health> {
    return await this.#get(wirePaths.health, { options, where: 'health()' }, readHealth, 'something other than its health');
  }

  async #get<R>(
    path: string,
    { options, where }: { readonly options: RequestOptions; readonly where: string },
    read: (body: unknown) => R | undefined,
    found: string,
  ): Promise<R> {
    const connection = applyRequestOptions(this.#connection, options, where);
    const deadline: Deadline = startDeadline(connection.timeoutMs, [options.signal]);
    try {
      return await askJson(connection, { method: 'GET', path, accept: 'application/json' }, deadline, { read, found });
    } finally {
      deadline.release();
    }
  }
}
