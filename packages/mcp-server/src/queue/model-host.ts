import { abortable, type LoadProgress, VisionError, type VisionModel } from '@h2ovl/contract';
import type { ModelStatus } from '@h2ovl/contract/wire';
import type { ModelLoader } from '../engine.ts';
import { describeOrigin, type Log, type LogFields } from '../log.ts';

export interface ModelHostOptions {
  /** Alias or folder name, as clients address the model. */
  readonly id: string;
  readonly load: ModelLoader;
  readonly log: Log;
  /** Whether those who ask are told where the model's files are: they are the owner of this machine. @default false */
  readonly tellsPaths?: boolean;
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
  readonly #tellsPaths: boolean;
  readonly #stop = new AbortController();
  #loading: Loading | undefined;
  #model: VisionModel | undefined;
  #hasFailed = false;

  constructor({ id, load, log, tellsPaths = false }: ModelHostOptions) {
    this.id = id;
    this.#load = load;
    this.#log = log;
    this.#tellsPaths = tellsPaths;
  }

  get state(): ModelStatus {
    if (this.#model !== undefined) return 'ready';
    if (this.#loading !== undefined) return 'loading';
    return this.#hasFailed ? 'failed' : 'idle';
  }

  /** Begins to load the model before anybody asks. A failure is in the log and in `state`. */
  preload(): void {
    if (!this.#stop.signal.aborted) this.#loading ??= this.#startLoading();
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
        this.#hasFailed = !this.#stop.signal.aborted;
        this.#log('error', 'model-failed', { model: this.id, ...describeFailure(error) });
        throw this.#tellsPaths || this.#stop.signal.aborted ? error : withoutPaths(error, this.id);
      },
    );
    model.catch(() => {}); // every waiter may have given up
    return { model, listeners };
  }
}

/** For the owner: what failed is a file of theirs, not a document. */
function describeFailure(error: unknown): LogFields {
  if (!VisionError.isInstance(error)) return describeOrigin(error);
  return { code: error.code, reason: error.message, hint: error.hint, ...describeOrigin(error) };
}

/** For clients elsewhere: paths of this machine are not theirs to know, and not theirs to mend. */
function withoutPaths(error: unknown, id: string): unknown {
  if (!VisionError.isInstance(error)) return error;
  const hint = 'The log of the server says why; its owner can mend it.';
  return new VisionError(error.code, `The model ${id} cannot be loaded by this server.`, { hint, cause: error });
}

function stopping(): VisionError {
  return new VisionError('DISPOSED', 'The server is stopping.', { hint: 'Try again when it is back.' });
}
