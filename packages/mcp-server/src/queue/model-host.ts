import { abortable, type LoadProgress, VisionError, type VisionModel } from '@h2ovl/contract';
import type { ModelLoader } from '../engine.ts';
import { describeOrigin, type Log } from '../log.ts';

export interface ModelHostOptions {
  /** Alias or folder name, as clients address the model. */
  readonly id: string;
  readonly load: ModelLoader;
  readonly log: Log;
}

interface Loading {
  readonly model: Promise<VisionModel>;
  readonly listeners: Set<(progress: LoadProgress) => void>;
}

/** Owns the one model: loads it on first use, once for all callers at that time, again after a failure; disposes it at the end. */
export class ModelHost {
  readonly id: string;
  readonly #load: ModelLoader;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #loading: Loading | undefined;
  #model: VisionModel | undefined;

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
  async open(signal: AbortSignal, onProgress: (progress: LoadProgress) => void): Promise<VisionModel> {
    signal.throwIfAborted();
    if (this.#stop.signal.aborted) throw stopping();
    if (this.#model !== undefined) return this.#model;
    this.#loading ??= this.#startLoading();
    const loading = this.#loading;
    loading.listeners.add(onProgress);
    try {
      return await abortable(loading.model, signal);
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
    const listeners = new Set<(progress: LoadProgress) => void>();
    const started = performance.now();
    const onProgress = (progress: LoadProgress): void => {
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

function stopping(): VisionError {
  return new VisionError('DISPOSED', 'The server is stopping.', { hint: 'Try again when it is back.' });
}
