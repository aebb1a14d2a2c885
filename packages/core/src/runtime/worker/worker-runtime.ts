import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VisionError } from '@h2ovl/contract';
import type { DType } from '../../tensor/tensor.ts';
import type { DeviceTensor, Runtime, RuntimeInfo, Session, SessionOptions } from '../port.ts';
import { WorkerLink } from './worker-link.ts';
import { WorkerSession } from './worker-session.ts';
import { WorkerTensor } from './worker-tensor.ts';

export interface WorkerRuntimeOptions {
  /** Threads inside one operator, for sessions that do not say. */
  readonly threads: number;
  readonly reasons: readonly string[];
  /** The worker's script. Default: the built file of this package. */
  readonly workerUrl?: URL;
}

/**
 * `onnxruntime-node` in a worker thread: the event loop stays free and caches are extended in place, but a run cannot be stopped
 * inside; an abort takes effect when the run that is under way has ended.
 * @throws VisionError RUNTIME_UNAVAILABLE
 */
export async function openWorkerRuntime({ threads, reasons, workerUrl }: WorkerRuntimeOptions): Promise<Runtime> {
  const link = new WorkerLink(workerUrl ?? findWorkerScript());
  try {
    const { version, copiesOutputs } = await link.ask({ type: 'start' });
    const copyReason = 'The binding copies every output after a run, since the way around it does not work in this version.';
    const info = { adapter: 'worker', executionProvider: 'cpu', version, threads } as const;
    return new WorkerRuntime(link, { ...info, reasons: copiesOutputs ? [...reasons, copyReason] : reasons });
  } catch (error) {
    await link.end();
    throw new VisionError('RUNTIME_UNAVAILABLE', `onnxruntime-node could not be started in a worker thread: ${(error as Error).message}`, {
      hint: 'Install onnxruntime-node again; it needs glibc 2.28 or newer on Linux.',
      cause: error,
    });
  }
}

/** The built script: beside this code in `dist`, or in the package's `dist` when this runs from source. */
function findWorkerScript(): URL {
  const candidates = ['./runtime/ort-worker.js', './ort-worker.js', '../runtime/ort-worker.js', '../../../dist/runtime/ort-worker.js'];
  const found = candidates.map((candidate) => new URL(candidate, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
  if (found !== undefined) return found;
  throw new VisionError('RUNTIME_UNAVAILABLE', `The worker script runtime/ort-worker.js is not beside ${import.meta.url}.`, {
    hint: 'Build the package, and keep its dist folder whole when bundling.',
  });
}

class WorkerRuntime implements Runtime {
  readonly info: RuntimeInfo;
  readonly #link: WorkerLink;
  readonly #sessions = new Set<WorkerSession>();
  #lastId = 0;
  #disposal: Promise<void> | undefined;

  constructor(link: WorkerLink, info: RuntimeInfo) {
    this.#link = link;
    this.info = info;
  }

  async openSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
    this.#assertOpen();
    const id = this.#nextId();
    const signature = await this.#link.ask({ type: 'open', session: id, model, options: { threads: this.info.threads, ...options } });
    const session = new WorkerSession(this.#link, id, signature, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    return session;
  }

  async allocate(dtype: DType, dims: readonly number[]): Promise<DeviceTensor> {
    this.#assertOpen();
    const id = this.#nextId();
    await this.#link.ask({ type: 'allocate', tensor: id, dtype, dims });
    return new WorkerTensor(this.#link, id, dtype, dims);
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#release();
    return this.#disposal;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #assertOpen(): void {
    if (this.#disposal === undefined) return;
    throw new VisionError('DISPOSED', 'The runtime was disposed.', { hint: 'Open a new one.' });
  }

  async #release(): Promise<void> {
    await this.#link.idle(); // sessions that are just being opened are then known
    await Promise.all([...this.#sessions].map((session) => session.dispose()));
    await this.#link.end();
  }
}
