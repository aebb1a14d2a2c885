import { Worker } from 'node:worker_threads';
import { onAbort, type PageLines, VisionError } from '@h2ovl/contract';
import { findOwnScript, startThread } from '../../store/own-files.ts';
import type { Raster } from '../../tiles/raster.ts';
import type { RunNetwork } from '../open-networks.ts';
import type { FromPageWorker, NetworkCall, PageWorkerStart, ToPageWorker } from './worker-protocol.ts';

/** A page's memory up to this is kept for the next page: 4,500 x 2,400 pixels. */
const mostKeptBytes = 32 * 1024 * 1024;
/** A thread that nothing asks for a page ends after this long, and its memory is free again. */
const idleMs = 10_000;

let chosenScript: URL | undefined;

/** Tests run the script as it is in the source. */
export function usePageWorkerScript(script: URL): void {
  chosenScript = script;
}

/** The thread that works on pixels. It is started when a page comes, and has no native code, so that it can be stopped at any time. */
export class PageWorker {
  readonly #start: PageWorkerStart;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** Of the page before: the system takes longer to give new memory than a page takes to be copied. */
  #memory: ArrayBuffer | undefined;

  constructor(start: PageWorkerStart) {
    this.#start = start;
  }

  /** Whether a thread stands ready or works. */
  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  /** Room for a page that is given to `read` next, with whatever was in it. */
  takeMemory(bytes: number): Uint8Array<ArrayBuffer> {
    const kept = this.#memory;
    this.#memory = undefined;
    return kept !== undefined && kept.byteLength >= bytes ? new Uint8Array(kept, 0, bytes) : new Uint8Array(bytes);
  }

  /**
   * Reads a page, whose memory moves to the thread. One page at a time.
   * @throws VisionError SESSION_FAILED, RUNTIME_UNAVAILABLE; what a network rejects with; the signal's reason when aborted
   */
  async read(
    { width, height, data }: Raster & { readonly data: Uint8Array<ArrayBuffer> },
    runNetwork: RunNetwork,
    signal: AbortSignal,
  ): Promise<PageLines> {
    clearTimeout(this.#idle);
    this.#worker ??= startWorker(this.#start);
    const worker = this.#worker;
    worker.ref();
    try {
      const message: ToPageWorker = { type: 'read', width, height, data };
      worker.postMessage(message, [data.buffer]);
      const { lines, data: given } = await converse(worker, runNetwork, signal);
      if (given.buffer.byteLength <= mostKeptBytes) this.#memory = given.buffer;
      worker.unref();
      this.#idle = setTimeout(() => this.stop(), idleMs).unref();
      return lines;
    } catch (error) {
      await this.stop(); // whatever it is doing, nobody waits for it any more
      throw error;
    }
  }

  /** Ends the thread. Idempotent. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#memory = undefined;
    await worker?.terminate();
  }
}

type ReadMessage = Extract<FromPageWorker, { readonly type: 'lines' }>;

/** Runs networks for the thread until it has the lines. */
function converse(worker: Worker, runNetwork: RunNetwork, signal: AbortSignal): Promise<ReadMessage> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      unfollow();
      settle();
    };
    const fail = (error: unknown): void => end(() => reject(error));
    const stop = (): void => fail(signal.reason);
    const unfollow = onAbort(signal, stop);
    const onError = (error: unknown): void => fail(workerGone(error));
    const onExit = (code: number): void => fail(workerGone(new Error(`the thread ended with code ${code}`)));
    const onMessage = (message: FromPageWorker): void => {
      if (message.type === 'lines') end(() => resolve(message));
      else if (message.type === 'failed') fail(workerGone(new Error(message.message)));
      else answer(worker, runNetwork, message).catch(fail);
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    if (signal.aborted) stop();
  });
}

async function answer(worker: Worker, runNetwork: RunNetwork, request: NetworkCall): Promise<void> {
  await runNetwork(request);
  const { call, data, answer } = request;
  const message: ToPageWorker = { type: 'answer', call, data, answer };
  worker.postMessage(message, [data.buffer, answer.buffer]);
}

function startWorker(workerData: PageWorkerStart): Worker {
  return startThread(
    'The thread of the line reader',
    () => new Worker(chosenScript ?? findOwnScript('lines/page-worker.js'), { workerData, execArgv: [] }),
  );
}

function workerGone(cause: unknown): VisionError {
  const message = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
  return new VisionError('SESSION_FAILED', `The line reader's thread failed: ${message}.`, { hint: 'Read the page again.', cause });
}
