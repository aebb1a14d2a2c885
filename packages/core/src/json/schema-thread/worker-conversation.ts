import { Worker } from 'node:worker_threads';
import { VisionError } from '@h2ovl/contract';
import { SchemaRefusedError } from '../../constraints/schema/refusals.ts';
import { findOwnScript, startThread } from '../../store/own-files.ts';
import type { FromSchemaThread, ThreadAnswers, ToSchemaThread } from './thread-protocol.ts';

// A schema may have 256 kB, and its automata some megabytes; what needs more is hostile.
const maxHeapMb = 256;
const startTimeoutMs = 60_000; // some 50 ms on an idle machine

/** The time was up, and the thread was ended. */
export class ThreadTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`The thread took longer than ${timeoutMs} ms.`);
    this.name = 'ThreadTimeoutError';
  }
}

let findScript: () => URL | Promise<URL> = () => findOwnScript('json/schema-worker.js');

/** Tests run the script as it is in the source. */
export function useSchemaWorkerScript(find: () => URL | Promise<URL>): void {
  findScript = find;
}

/** One thread, asked one thing at a time. It keeps the process alive only while it is asked. */
export class WorkerConversation {
  readonly #worker: Promise<Worker>;
  #isOver = false;

  constructor() {
    this.#worker = this.#start();
    this.#worker.catch(() => {
      this.#isOver = true;
    });
  }

  /** Whether the thread has ended or is about to. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * @throws ThreadTimeoutError when the time is up: the thread is ended by force, even inside one catastrophic regular expression
   * @throws what the thread tells; VisionError SESSION_FAILED when it is gone, RUNTIME_UNAVAILABLE when it could not be started
   */
  async ask<Type extends ToSchemaThread['type']>(
    message: Extract<ToSchemaThread, { readonly type: Type }>,
    timeoutMs: number,
  ): Promise<ThreadAnswers[Type]> {
    const worker = await this.#worker;
    const reply = await this.#exchange(worker, message, timeoutMs);
    if (reply.type === 'answer') return reply.value as ThreadAnswers[Type];
    if (reply.type === 'refused') throw new SchemaRefusedError(reply.refusals);
    if (reply.type === 'failed') throw new VisionError(reply.code, reply.message, { hint: reply.hint, param: 'schema' });
    throw threadGone(new Error('it answered what was not asked'));
  }

  /** Ends the thread. Idempotent. */
  async end(): Promise<void> {
    this.#isOver = true;
    const worker = await this.#worker.catch(() => undefined);
    await worker?.terminate();
  }

  async #start(): Promise<Worker> {
    const script = await findScript();
    const options = { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } };
    const worker = startThread('The thread for schemas', () => new Worker(script, options));
    worker.on('exit', () => {
      this.#isOver = true;
    });
    await this.#exchange(worker, undefined, startTimeoutMs);
    return worker;
  }

  /** Sends a message, and takes the one that comes back. */
  #exchange(worker: Worker, message: ToSchemaThread | undefined, timeoutMs: number): Promise<FromSchemaThread> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        worker.unref();
        settle();
      };
      const fail = (error: unknown): void => end(() => reject(error));
      const onMessage = (reply: FromSchemaThread): void => end(() => resolve(reply));
      const onError = (error: unknown): void => fail(threadGone(error));
      const onExit = (code: number): void => fail(threadGone(new Error(`it ended with code ${code}`)));
      const timer = setTimeout(() => {
        this.#isOver = true;
        fail(new ThreadTimeoutError(timeoutMs));
        void worker.terminate();
      }, timeoutMs);
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.ref();
      try {
        if (message !== undefined) worker.postMessage(message);
      } catch (error) {
        fail(error);
      }
    });
  }
}

function threadGone(cause: unknown): VisionError {
  const isTooLarge = (cause as { readonly code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (isTooLarge) return new VisionError('SCHEMA_UNSUPPORTED', 'The schema takes too much memory.', { hint: 'Make it smaller.', cause });
  const message = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
  return new VisionError('SESSION_FAILED', `The thread for schemas failed: ${message}.`, { hint: 'Ask again.', cause });
}
