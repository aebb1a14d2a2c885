import { type LinkedSignal, linkSignal, VisionError } from '@h2ovl/contract';
import type { DeepPartial, GenerateResult, GenerationEvent, GenerationStream } from './events.ts';

type Events<T> = AsyncGenerator<GenerationEvent<T>, void>;

/**
 * The public stream over an event generator: lazy, pull-based, read once. `start` is called at the first read, with a signal that follows
 * the `externals` and is aborted before the generator is closed, so work that is under way ends soon. The generator must end with a `finish` event.
 */
export class PullGenerationStream<T = undefined> implements GenerationStream<T> {
  readonly #start: (signal: AbortSignal) => Events<T>;
  readonly #externals: readonly (AbortSignal | undefined)[];
  readonly #result: Promise<GenerateResult<T>>;
  #settle!: { readonly resolve: (result: GenerateResult<T>) => void; readonly reject: (reason: unknown) => void };
  #link: LinkedSignal | undefined;
  #events: Events<T> | undefined;
  #closedBy: unknown;
  #isRead = false;
  #isSettled = false;
  #isClosing = false;

  constructor(start: (signal: AbortSignal) => Events<T>, ...externals: readonly (AbortSignal | undefined)[]) {
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

  get textStream(): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => this.#read((event) => (event.type === 'text-delta' ? event.delta : undefined)) };
  }

  get partialObjectStream(): AsyncIterable<DeepPartial<T>> {
    return { [Symbol.asyncIterator]: () => this.#read((event) => (event.type === 'object-delta' ? event.partial : undefined)) };
  }

  get result(): Promise<GenerateResult<T>> {
    if (!this.#isRead && !this.#isSettled) void this.#drain();
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
    return {
      next: async () => {
        if (state === 'new') {
          state = 'closed'; // for the case that claiming throws
          this.#claim();
          state = 'open';
        }
        let isWaiting = true;
        try {
          while (state === 'open') {
            const event = await this.#pull();
            if (event === undefined) break;
            const selected = select(event);
            if (selected === undefined) continue;
            isWaiting = false;
            return { done: false, value: selected };
          }
        } finally {
          if (isWaiting) state = 'closed'; // the end, or a failure: both come once
        }
        return { done: true, value: undefined };
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
      throw new VisionError('INVALID_ARGUMENT', 'This stream was read before; a stream can be read 1 time.', {
        hint: 'Call stream() again, or await its result, which may be asked for as often as you like.',
      });
    }
    this.#isRead = true;
  }

  /** The next event, or undefined at the end. On failure the generator is closed first, then the result and the reader get the reason. */
  async #pull(): Promise<GenerationEvent<T> | undefined> {
    try {
      const turn = await this.#open().next();
      if (turn.done) return this.#end();
      if (turn.value.type === 'finish') {
        this.#isSettled = true;
        this.#settle.resolve(turn.value.result);
      }
      return turn.value;
    } catch (error) {
      const signal = this.#link?.signal;
      // After the finish event nothing is cancelled any more: what fails then is the clean-up, in its own words.
      const reason = signal?.aborted && !this.#isSettled ? signal.reason : error;
      await this.#close(reason).catch(() => {}); // the first failure is the one to tell
      throw reason;
    }
  }

  #open(): Events<T> {
    if (this.#closedBy !== undefined) throw this.#closedBy;
    this.#link ??= this.#follow();
    if (!this.#isSettled) this.#link.signal.throwIfAborted();
    this.#events ??= this.#start(this.#link.signal);
    return this.#events;
  }

  /** An abort ends the work at once, also while nobody is reading: a reader that pauses and never comes back must not keep its place. */
  #follow(): LinkedSignal {
    const link = linkSignal(...this.#externals);
    const onAbort = (): void => {
      if (this.#isClosing) return; // the abort is part of a close that is under way
      this.#close(link.signal.reason).catch(() => {}); // a reader gets the reason, at its next read or from the one that is waiting
    };
    link.signal.addEventListener('abort', onAbort, { once: true });
    return link;
  }

  #end(): undefined {
    this.#link?.release();
    if (!this.#isSettled)
      throw new VisionError('SESSION_FAILED', 'The model ended without a finish event (0 of 1).', {
        hint: 'This is a fault of the library; please report it with the model and the options.',
      });
  }

  /** Stops the work, waits for its clean-up, then settles the result. Without effect on a result that is there. Idempotent. */
  async #close(reason: unknown): Promise<void> {
    if (!this.#isSettled) this.#closedBy ??= reason;
    this.#isClosing = true;
    try {
      this.#link?.abort(reason); // first, so that a pending step ends and the return below need not wait for it
      await this.#events?.return();
    } finally {
      this.#link?.release();
      if (!this.#isSettled) {
        this.#isSettled = true;
        this.#settle.reject(this.#closedBy);
      }
    }
  }

  async #drain(): Promise<void> {
    this.#isRead = true;
    try {
      while ((await this.#pull()) !== undefined);
    } catch {
      // carried by the result promise
    }
  }
}
