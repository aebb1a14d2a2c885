import { Worker } from 'node:worker_threads';
import { onAbort, VisionError } from '@h2ovl/contract';
import type { WorkerAnswers, WorkerReply, WorkerRequest, WorkerStart } from './worker-protocol.ts';

type AnswerTo<Type extends WorkerRequest['type']> = WorkerAnswers[Type];

// An exit waits this long for native work; a run is a chunk of a prompt, a tile or a token, seconds at most.
const exitWaitMs = 60_000;

interface Pending {
  readonly request: WorkerRequest;
  readonly transfer: readonly ArrayBuffer[];
  readonly settle: (reply: WorkerReply) => void;
  readonly fail: (error: unknown) => void;
}

/** The conversation with the worker: requests wait here, in order, and go over one at a time, so that one that waits can still be cancelled. */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #busy: Int32Array;
  readonly #waiting: Pending[] = [];
  readonly #idleWaiters: (() => void)[] = [];
  #current: Pending | undefined;
  #failure: unknown;
  #ending: Promise<void> | undefined;

  constructor(script: URL) {
    const busy = new SharedArrayBuffer(4);
    this.#busy = new Int32Array(busy);
    this.#worker = new Worker(script, { workerData: { busy } satisfies WorkerStart, execArgv: [] });
    this.#worker.unref(); // an idle worker keeps no process alive
    this.#worker.on('message', (reply: WorkerReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the worker thread ended with code ${code}`)));
    process.on('exit', this.#waitAtExit);
  }

  /** Sends a request and resolves with its answer. An abort takes it out of the line, or is reported when its run has ended. */
  async ask<Type extends WorkerRequest['type']>(
    request: Extract<WorkerRequest, { readonly type: Type }>,
    { signal, transfer = [] }: { readonly signal?: AbortSignal | undefined; readonly transfer?: readonly ArrayBuffer[] } = {},
  ): Promise<AnswerTo<Type>> {
    signal?.throwIfAborted();
    const reply = await this.#enqueue(request, transfer, signal);
    signal?.throwIfAborted();
    if (reply.isOk) return reply.value as AnswerTo<Type>;
    throw new VisionError(reply.code, reply.message, reply.hint === undefined ? {} : { hint: reply.hint });
  }

  /** Resolves when nothing is under way or waiting. */
  idle(): Promise<void> {
    if (this.#current === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Lets the worker release what it holds and end by itself. Idempotent. */
  end(): Promise<void> {
    this.#ending ??= this.#stop();
    return this.#ending;
  }

  async #stop(): Promise<void> {
    if (this.#failure === undefined) {
      const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
      await this.#enqueue({ type: 'stop' }, [], undefined).catch(() => {}); // a worker that failed meanwhile is gone all the same
      this.#worker.ref(); // the process stays until the thread has ended, so that this promise settles
      await ended;
    }
    process.off('exit', this.#waitAtExit);
  }

  #enqueue(request: WorkerRequest, transfer: readonly ArrayBuffer[], signal: AbortSignal | undefined): Promise<WorkerReply> {
    if (this.#failure !== undefined) return Promise.reject(workerGone(this.#failure));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const place = this.#waiting.indexOf(pending);
        if (place === -1) return; // under way: its end is waited for
        this.#waiting.splice(place, 1);
        reject(signal?.reason);
      };
      const done = signal === undefined ? () => {} : onAbort(signal, leave);
      const pending: Pending = {
        request,
        transfer,
        settle: (reply) => {
          done();
          resolve(reply);
        },
        fail: (error) => {
          done();
          reject(error);
        },
      };
      this.#waiting.push(pending);
      this.#sendNext();
    });
  }

  #sendNext(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) {
      this.#worker.unref();
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
      return;
    }
    this.#worker.ref();
    Atomics.store(this.#busy, 0, 1);
    this.#worker.postMessage(this.#current.request, [...this.#current.transfer]);
  }

  #receive(reply: WorkerReply): void {
    const answered = this.#current;
    this.#current = undefined;
    answered?.settle(reply);
    this.#sendNext();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    const lost = [this.#current, ...this.#waiting.splice(0)];
    this.#current = undefined;
    for (const pending of lost) pending?.fail(workerGone(this.#failure));
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  /** Tearing a thread down while it is in native code aborts the process, so an exit waits for the run that is under way. */
  readonly #waitAtExit = (): void => {
    Atomics.wait(this.#busy, 0, 1, exitWaitMs);
  };
}

function workerGone(cause: unknown): VisionError {
  const message = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
  return new VisionError('SESSION_FAILED', `The runtime's worker is gone: ${message}.`, { hint: 'Load the model again.', cause });
}
