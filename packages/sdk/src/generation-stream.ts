import type { DeepPartial, GenerateResult, GenerationEvent, GenerationStream } from './generation-types.ts';

/** Makes the events of one generation; called once, when someone starts to read. */
export type StartGeneration<T> = (signal: AbortSignal) => AsyncGenerator<GenerationEvent<T>, void>;

/** The public stream over an event generator: lazy, pull-based, single use. */
export class EventStream<T> implements GenerationStream<T> {
  readonly #controller = new AbortController();
  readonly #settled: Settleable<GenerateResult<T>> = createSettleable();
  readonly #start: StartGeneration<T>;
  readonly #source: AbortSignal | undefined;
  #consumed = false;

  /** `source` is the caller's signal: its reason is what the reader sees. */
  constructor(start: StartGeneration<T>, source?: AbortSignal) {
    this.#start = start;
    this.#source = source;
    this.#settled.promise.catch(() => {}); // the iterator reports failures; an unread promise stays quiet
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<GenerationEvent<T>, void> {
    if (this.#consumed) throw new TypeError('This stream was already read; call stream() again.');
    this.#consumed = true;
    const unlink = this.#link();
    try {
      this.#controller.signal.throwIfAborted();
      for await (const event of this.#start(this.#controller.signal)) {
        if (event.type === 'finish') this.#settled.resolve(event.result);
        yield event;
      }
      this.#settled.reject(new Error('The model ended without a finish event.'));
    } catch (error) {
      this.#settled.reject(error);
      throw error;
    } finally {
      unlink();
      const closed = new DOMException('The stream was closed before it finished.', 'AbortError');
      this.#controller.abort(closed); // a break lands here: the work below stops
      this.#settled.reject(closed); // no effect when already settled
    }
  }

  get textStream(): AsyncIterable<string> {
    return pick(this, (event) => (event.type === 'text-delta' ? { value: event.delta } : undefined));
  }

  get partialObjectStream(): AsyncIterable<DeepPartial<T>> {
    return pick(this, (event) => (event.type === 'object-delta' ? { value: event.partial } : undefined));
  }

  get result(): Promise<GenerateResult<T>> {
    if (!this.#consumed) void this.#drain();
    return this.#settled.promise;
  }

  async #drain(): Promise<void> {
    try {
      for await (const _ of this);
    } catch {} // carried by the result promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const disposed = new DOMException('The stream was disposed.', 'AbortError');
    this.#controller.abort(disposed);
    if (this.#consumed) return;
    this.#consumed = true; // never started: there is nothing to stop, and nothing may start any more
    this.#settled.reject(disposed);
  }

  // By hand instead of AbortSignal.any, which keeps every derived signal as long as a long-lived source lives.
  #link(): () => void {
    const source = this.#source;
    if (source === undefined) return () => {};
    const onAbort = (): void => this.#controller.abort(source.reason);
    if (source.aborted) onAbort();
    else source.addEventListener('abort', onAbort, { once: true });
    return () => source.removeEventListener('abort', onAbort);
  }
}

async function* pick<E, V>(events: AsyncIterable<E>, choose: (event: E) => { readonly value: V } | undefined): AsyncGenerator<V, void> {
  for await (const event of events) {
    const chosen = choose(event);
    if (chosen !== undefined) yield chosen.value;
  }
}

interface Settleable<R> {
  readonly promise: Promise<R>;
  readonly resolve: (value: R) => void;
  readonly reject: (reason: unknown) => void;
}

// Promise.withResolvers needs Node 22.
function createSettleable<R>(): Settleable<R> {
  let resolve!: (value: R) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<R>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
