import { VisionError } from './errors.ts';
import type { DeepPartial, GenerationEvent } from './events.ts';
import type { GenerateResult } from './result.ts';
import { type LinkedSignal, linkSignal, onAbort } from './signals.ts';

/** Makes the events of one answer, `finish` last. The signal is aborted when the answer is no longer wanted. */
export type StartGeneration<T> = (signal: AbortSignal) => AsyncGenerator<GenerationEvent<T>, void>;

/**
 * One answer as it is made. Lazy: nothing runs until it is read or `result` is asked for. From then on the work never waits for its reader:
 * what was not read yet is kept (it is bounded by the token limit), and `result` settles although nobody reads.
 * It can be read once, through one of its three iterables; a second read throws INVALID_ARGUMENT. Leaving the loop before the answer is complete,
 * disposal and the caller's signal stop the work at the next step and free what it held; `result` then rejects with the reason.
 */
export class GenerationStream<T = undefined> implements AsyncIterable<GenerationEvent<T>>, AsyncDisposable {
  readonly #start: StartGeneration<T>;
  readonly #externals: readonly (AbortSignal | undefined)[];
  readonly #result: Promise<GenerateResult<T>>;
  #settle!: { readonly resolve: (result: GenerateResult<T>) => void; readonly reject: (reason: unknown) => void };
  /** What was made and not read; undefined marks an unfinished object that a later one replaced. */
  readonly #unread: (GenerationEvent<T> | undefined)[] = [];
  #unreadObject = -1;
  #head = 0;
  #link: LinkedSignal | undefined;
  #events: AsyncGenerator<GenerationEvent<T>, void> | undefined;
  #work: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** What the reader gets after the events that were made. */
  #failure: { readonly error: unknown } | undefined;
  #isRead = false;
  #isComplete = false;
  #isSettled = false;
  #isStopped = false;
  #isOver = false;
  #resume: () => void = () => {};

  /** `start` is called at the first read, with a signal that follows the `externals`. */
  constructor(start: StartGeneration<T>, ...externals: readonly (AbortSignal | undefined)[]) {
    this.#start = start;
    this.#externals = externals;
    this.#result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#result.catch(() => {}); // the reader gets the failure; an unread promise stays quiet
  }

  [Symbol.asyncIterator](): AsyncIterator<GenerationEvent<T>, void> {
    return this.#read((event) => event);
  }

  /** The pieces of text alone, in order; together they are `result.text`. */
  get textStream(): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => this.#read((event) => (event.type === 'text-delta' ? event.delta : undefined)) };
  }

  /** The growing object, unchecked until the last; a state that was replaced before it was read is left out. */
  get partialObjectStream(): AsyncIterable<DeepPartial<T>> {
    return { [Symbol.asyncIterator]: () => this.#read((event) => (event.type === 'object-delta' ? event.partial : undefined)) };
  }

  /** The whole answer. Asking for it starts the work; left unread, it never raises an unhandled rejection. */
  get result(): Promise<GenerateResult<T>> {
    this.#begin();
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close(new DOMException('The stream was disposed before it finished.', 'AbortError'));
  }

  /** An iterator over the events that `select` keeps. Making one costs nothing; its first `next` is what counts as reading. */
  #read<R>(select: (event: GenerationEvent<T>) => R | undefined): AsyncIterator<R, void> {
    let state: 'new' | 'open' | 'closed' = 'new';
    const close = async (): Promise<void> => {
      const wasOpen = state === 'open';
      state = 'closed';
      if (wasOpen) await this.#close(new DOMException('The stream was closed before it finished.', 'AbortError'));
    };
    let takes = 0;
    let latest: Promise<unknown> = Promise.resolve();
    const take = async (): Promise<IteratorResult<R, void>> => {
      let isWaiting = true;
      try {
        if (state === 'new') {
          this.#claim();
          state = 'open';
        }
        while (state === 'open') {
          const event = await this.#next();
          if (event === undefined) break;
          const selected = select(event);
          if (selected === undefined) continue;
          isWaiting = false;
          return { done: false, value: selected };
        }
      } finally {
        takes -= 1;
        if (isWaiting) state = 'closed'; // the end, or a failure: both come once
      }
      return { done: true, value: undefined };
    };
    return {
      next: () => {
        takes += 1;
        const turn = takes === 1 ? take() : latest.then(take, take); // in order, also for a caller who does not wait
        latest = turn;
        return turn;
      },
      return: async () => {
        await close();
        return { done: true, value: undefined };
      },
      throw: async (error: unknown) => {
        await close();
        throw error;
      },
    };
  }

  #claim(): void {
    if (this.#isRead) {
      throw new VisionError('INVALID_ARGUMENT', 'This stream was read before; a stream can be read once.', {
        hint: 'Call stream() again, or await its result, which may be asked for as often as you like.',
      });
    }
    this.#isRead = true;
    this.#begin();
  }

  /** The oldest event that was not read, waiting for it if need be; undefined at the end. A failure comes after the events before it. */
  async #next(): Promise<GenerationEvent<T> | undefined> {
    for (;;) {
      while (this.#head < this.#unread.length) {
        const event = this.#unread[this.#head];
        this.#unread[this.#head] = undefined; // let go of what was read
        this.#head += 1;
        if (event !== undefined) return event;
      }
      if (this.#isOver) {
        if (this.#failure) throw this.#failure.error;
        return undefined;
      }
      this.#unread.length = 0;
      this.#head = 0;
      this.#unreadObject = -1;
      await new Promise<void>((resolve) => {
        this.#resume = resolve; // one reader at a time: its reads come in order
      });
    }
  }

  /** Starts the work, once. */
  #begin(): void {
    if (this.#work || this.#isStopped) return;
    try {
      this.#link = linkSignal(...this.#externals);
    } catch (error) {
      this.#isStopped = true; // something other than a signal was given: nothing starts
      this.#failure = { error };
      this.#reject(error);
      this.#end();
      return;
    }
    const { signal } = this.#link;
    // An abort ends the work at once, also while nobody is reading: a reader that pauses and never comes back must not keep its place.
    const stop = (): void => {
      if (!this.#isSettled && !this.#isStopped) this.#close(signal.reason).catch(() => {}); // the reader and the result get the reason
    };
    if (signal.aborted) stop();
    else {
      onAbort(signal, stop);
      this.#work = this.#run(signal);
    }
  }

  /** Makes events until there are no more, whether they are read or not. Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    try {
      this.#events = this.#start(signal);
      for (;;) {
        const turn = await this.#events.next();
        if (this.#isStopped) return; // whoever stopped it settles the rest
        if (turn.done) break;
        this.#keep(turn.value);
      }
      if (!this.#isSettled) throw withoutFinish();
    } catch (error) {
      if (this.#isStopped) return;
      this.#failure = { error };
      this.#reject(error); // without effect on a result that is there: then the clean-up failed, and the reader hears of it
    }
    this.#end();
  }

  #keep(event: GenerationEvent<T>): void {
    if (event.type === 'object-delta') {
      if (this.#unreadObject >= this.#head) this.#unread[this.#unreadObject] = undefined;
      this.#unreadObject = this.#unread.length;
    }
    this.#unread.push(event);
    if (event.type === 'finish') {
      this.#isComplete = true;
      this.#isSettled = true;
      this.#settle.resolve(event.result);
    }
    this.#resume();
  }

  #reject(reason: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settle.reject(reason);
  }

  #end(): void {
    this.#isOver = true;
    this.#link?.release();
    this.#resume();
  }

  /** Stops what is not complete, waits for its clean-up, then settles the result. Rejects when the clean-up fails. Idempotent. */
  async #close(reason: unknown): Promise<void> {
    this.#closing ??= this.#isSettled ? this.#waitForEnd() : this.#stop(reason);
    await this.#closing;
  }

  /** The answer is complete, or has failed: nothing is cancelled any more. */
  async #waitForEnd(): Promise<void> {
    await this.#work;
    if (this.#isComplete && this.#failure) throw this.#failure.error;
  }

  async #stop(reason: unknown): Promise<void> {
    this.#isStopped = true;
    this.#failure = { error: reason };
    this.#unread.length = 0; // a reader that comes back gets the reason at once
    this.#head = 0;
    try {
      this.#link?.abort(reason); // first, so that a pending step ends and the return below need not wait for it
      await this.#events?.return();
    } finally {
      this.#reject(reason);
      this.#end();
    }
  }
}

function withoutFinish(): VisionError {
  return new VisionError('SESSION_FAILED', 'The model ended without a finish event.', {
    hint: 'This is a fault of the library; please report it with the model and the options.',
  });
}
