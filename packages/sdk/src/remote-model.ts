import {
  type AnswerBounds,
  abortable,
  checkOptions,
  type Deadline,
  type DeepPartial,
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  GenerationStream,
  generateOptionNames,
  type ImageOptions,
  type ModelInfo,
  ownInput,
  PartialJsonReader,
  plainSchemaVendor,
  type SamplingOptions,
  startDeadline,
  type TokenCount,
  VisionError,
  type VisionModel,
} from '@h2ovl/contract';
import { buildRequest, readModelInfo, readTokenCount, wirePaths } from '@h2ovl/contract/wire/answers';
import type { Connection } from './client-options.ts';
import { resolvePrompt } from './image-part.ts';
import { readJsonSchema, validateOutput } from './output-schema.ts';
import { askJson, sendRequest } from './request.ts';
import { readResponseStream } from './response-stream.ts';

/** A model behind the server: the same interface as a model in this process. */
export class RemoteModel implements VisionModel {
  readonly id: string;
  readonly #connection: Connection;
  readonly #signal: AbortSignal | undefined;
  /** Aborted when the model is disposed: every call follows it. */
  readonly #closing = new AbortController();
  readonly #calls = new Set<Promise<void>>();

  /** `signal` stops every call of this model, beside each call's own. */
  constructor(id: string, connection: Connection, signal: AbortSignal | undefined) {
    this.id = id;
    this.#connection = connection;
    this.#signal = signal;
  }

  async info({ signal }: { readonly signal?: AbortSignal } = {}): Promise<ModelInfo> {
    const path = `${wirePaths.info}?model=${encodeURIComponent(this.id)}`;
    return await this.#call(signal, (deadline) =>
      askJson(this.#connection, { method: 'GET', path, accept: 'application/json' }, deadline, {
        read: readModelInfo,
        found: 'something other than what a model is',
      }),
    );
  }

  // Streaming inside generate too: a request whose answer begins at once survives fetch's limit of 300 s without headers.
  generate<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>> {
    return this.stream(options).result;
  }

  /** `generate` for a caller that tries again by itself: both together would multiply. */
  generateOnce<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>> {
    return this.#start(options, { ...this.#connection, maxRetries: 0 }).result;
  }

  stream<T = undefined>(options: GenerateOptions<T>): GenerationStream<T> {
    return this.#start(options, this.#connection);
  }

  #start<T>(options: GenerateOptions<T>, connection: Connection): GenerationStream<T> {
    const own = ownInput(options);
    const signals = [options?.signal, this.#signal, this.#closing.signal];
    return new GenerationStream<T>((signal) => this.#answer(own, connection, signal), ...signals);
  }

  async countTokens(options: GenerateOptions<unknown>): Promise<TokenCount> {
    checkOptions(options, generateOptionNames, 'countTokens()');
    const own = ownInput(options);
    return await this.#call(own.signal, async (deadline) => {
      const prompt = await resolvePrompt(own, deadline.signal);
      const output = own.schema === undefined ? undefined : readJsonSchema(own.schema);
      const body = buildRequest({ ...(own as Settings), ...prompt, model: this.id, output });
      return await askJson(this.#connection, { method: 'POST', path: wirePaths.promptSize, accept: 'application/json', body }, deadline, {
        read: readTokenCount,
        found: 'something other than a number of tokens',
      });
    });
  }

  /** Refuses new calls, stops those in work and waits for them. The model of the server stays open for others. */
  async dispose(): Promise<void> {
    this.#closing.abort(new VisionError('DISPOSED', 'The model was disposed.', { hint: 'Ask the client for it again with model().' }));
    await Promise.all(this.#calls);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #call<R>(signal: AbortSignal | undefined, work: (deadline: Deadline) => Promise<R>): Promise<R> {
    const deadline = startDeadline(this.#connection.timeoutMs, [signal, this.#signal, this.#closing.signal]);
    const done = this.#enter();
    try {
      deadline.signal.throwIfAborted();
      return await work(deadline);
    } finally {
      deadline.release();
      done();
    }
  }

  async *#answer<T>(options: GenerateOptions<T>, connection: Connection, signal: AbortSignal): AsyncGenerator<GenerationEvent<T>, void> {
    const deadline = startDeadline(connection.timeoutMs, [signal]);
    const done = this.#enter();
    try {
      yield* streamAnswer(this.id, connection, options, deadline);
    } finally {
      deadline.release();
      done();
    }
  }

  /** Counts a call as in work until the function that comes back is called. */
  #enter(): () => void {
    let leave = (): void => {};
    const call = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#calls.add(call);
    return () => {
      this.#calls.delete(call);
      leave();
    };
  }
}

async function* streamAnswer<T>(
  id: string,
  connection: Connection,
  options: GenerateOptions<T>,
  deadline: Deadline,
): AsyncGenerator<GenerationEvent<T>, void> {
  deadline.signal.throwIfAborted();
  checkOptions(options, generateOptionNames, 'generate()');
  const { schema } = options;
  const output = schema === undefined ? undefined : readJsonSchema(schema);
  const prompt = await resolvePrompt(options, deadline.signal);
  const body = buildRequest({ ...(options as Settings), ...prompt, model: id, output, enforcement: options.enforcement, stream: true });
  const response = await sendRequest(
    connection,
    { method: 'POST', path: wirePaths.chatCompletions, accept: 'text/event-stream', body },
    deadline,
  );
  const json = new PartialJsonReader();
  for await (const part of readResponseStream(response, deadline.signal)) {
    if (part.type === 'progress') yield part;
    else if (part.type === 'text-delta') {
      yield part;
      if (schema === undefined || !json.push(part.delta)) continue;
      const partial = json.value;
      if (partial !== undefined) yield { type: 'object-delta', partial: partial as DeepPartial<T> }; // unchecked, as its type says
    } else {
      const { answer } = part;
      const checked = schema && validateOutput(schema, answer);
      const object = checked === undefined ? (undefined as T) : await abortable(checked, deadline.signal); // without a schema T is undefined
      // The last state is the checked one, with the defaults and transforms that only a library's schema has.
      if (schema !== undefined && schema['~standard'].vendor !== plainSchemaVendor) {
        yield { type: 'object-delta', partial: object as DeepPartial<T> };
      }
      yield { type: 'finish', result: { ...answer, object } };
    }
  }
}

/** What a request says beside its prompt: it takes from the options what it has a name for. */
type Settings = SamplingOptions & ImageOptions & AnswerBounds;
