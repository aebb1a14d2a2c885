import { VisionError } from '@h2ovl/contract';
import { findOwnScript, startThread } from '../../store/own-files.ts';
import type { DType } from '../../tensor/tensor.ts';
import { assertSupportedVersion, findNativeFiles } from '../native-files.ts';
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
 * ONNX Runtime's binding for Node in a worker thread: the event loop stays free and caches are extended in place, but a run cannot be stopped
 * inside; an abort takes effect when the run that is under way has ended.
 * @throws VisionError RUNTIME_UNAVAILABLE
 */
export async function openWorkerRuntime({ threads, reasons, workerUrl }: WorkerRuntimeOptions): Promise<Runtime> {
  const { binding, version } = findNativeFiles();
  assertSupportedVersion(version);
  const link = startThread('The thread of ONNX Runtime', () => new WorkerLink(workerUrl ?? findOwnScript('runtime/ort-worker.js')));
  try {
    const { copiesOutputs } = await link.ask({ type: 'start', binding });
    const copyReason = 'The binding copies every output after a run, since the way around it does not work in this version.';
    const info = { adapter: 'worker', executionProvider: 'cpu', version, threads, views: 'anywhere' } as const;
    return new WorkerRuntime(link, { ...info, reasons: copiesOutputs ? [...reasons, copyReason] : reasons });
  } catch (error) {
    await link.end();
    throw new VisionError('RUNTIME_UNAVAILABLE', `ONNX Runtime could not be started in a worker thread: ${(error as Error).message}`, {
      hint: /addons is disabled/.test((error as Error).message)
        ? "Node's permission model forbids native addons, which compute here: start it with --allow-addons."
        : 'Remove node_modules and install again. ONNX Runtime needs glibc 2.28 or newer on Linux.',
      cause: error,
    });
  }
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
