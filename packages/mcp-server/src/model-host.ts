import { ServerError } from './errors.ts';
import { describeOrigin, type Log } from './log.ts';
import type { ModelLoader, ModelLoadProgress, ModelPort } from './model-port.ts';

export interface ModelHostOptions {
  /** Alias or folder name, as clients address the model. */
  readonly id: string;
  readonly load: ModelLoader;
  readonly log: Log;
}

interface Loading {
  readonly model: Promise<ModelPort>;
  readonly listeners: Set<(progress: ModelLoadProgress) => void>;
}

/** Owns the one model: loads it on first use, once for all who ask at the same time, again after a failure; disposes it at the end. */
export class ModelHost {
  readonly id: string;
  readonly #load: ModelLoader;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #loading: Loading | undefined;
  #model: ModelPort | undefined;

  constructor({ id, load, log }: ModelHostOptions) {
    this.id = id;
    this.#load = load;
    this.#log = log;
  }

  /** Whether the model is open. */
  get isReady(): boolean {
    return this.#model !== undefined;
  }

  /**
   * The open model. A caller who gives up (`signal`) stops waiting; the load goes on for the others.
   * @throws what the loader threw, or DISPOSED
   */
  async open(signal: AbortSignal, onProgress: (progress: ModelLoadProgress) => void): Promise<ModelPort> {
    signal.throwIfAborted();
    if (this.#stop.signal.aborted) throw stopping();
    if (this.#model !== undefined) return this.#model;
    this.#loading ??= this.#startLoading();
    const loading = this.#loading;
    loading.listeners.add(onProgress);
    try {
      return await waitUnlessAborted(loading.model, signal);
    } finally {
      loading.listeners.delete(onProgress);
    }
  }

  /** Aborts a running load, closes the model. Idempotent. */
  async dispose(): Promise<void> {
    this.#stop.abort(stopping());
    const model = await this.#loading?.model.catch(() => undefined);
    this.#loading = undefined;
    const open = this.#model ?? model;
    this.#model = undefined;
    await open?.dispose();
  }

  #startLoading(): Loading {
    const listeners = new Set<(progress: ModelLoadProgress) => void>();
    const started = performance.now();
    const onProgress = (progress: ModelLoadProgress): void => {
      for (const listener of listeners) listener(progress);
    };
    // One turn later, when the first caller listens.
    const opening = Promise.resolve().then(() => {
      this.#stop.signal.throwIfAborted();
      return this.#load({ signal: this.#stop.signal, onProgress });
    });
    const model = opening.then(
      (opened) => {
        this.#model = opened;
        this.#log('info', 'model-ready', { model: this.id, ms: Math.round(performance.now() - started) });
        return opened;
      },
      (error: unknown) => {
        this.#loading = undefined; // the next caller tries again
        const code = (error as { code?: unknown } | null)?.code;
        this.#log('error', 'model-failed', { model: this.id, ...(typeof code === 'string' ? { code } : {}), ...describeOrigin(error) });
        throw error;
      },
    );
    model.catch(() => {}); // every waiter may have given up
    return { model, listeners };
  }
}

function stopping(): ServerError {
  return new ServerError('DISPOSED', 'The server is stopping.', { hint: 'Try again when it is back.' });
}

function waitUnlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
