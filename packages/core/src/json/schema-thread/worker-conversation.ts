import { Worker } from 'node:worker_threads';
import { BusyError, VisionError } from '@h2ovl/contract';
import { SchemaRefusedError } from '../../constraints/schema/refusals.ts';
import { findOwnScript, startThread } from '../../store/own-files.ts';
import { countProcessorTime, type ProcessorTime } from './processor-time.ts';
import type { FromSchemaThread, ThreadAnswers, ToSchemaThread } from './thread-protocol.ts';

// A schema may have 256 kB, and its automata some megabytes; what needs more is hostile.
const maxHeapMb = 256;

/** By the clock, for everything that is asked of the thread: some milliseconds on an idle machine. What lasts longer, with little processor time, blames the machine. */
const patienceMs = 120_000;
const shortestStepMs = 50; // between two looks at the processor time

/** The thread had all the processor time that it may have for one thing, and was ended. */
export class ThreadTimeoutError extends Error {
  constructor(limitMs: number) {
    super(`The thread took more than ${limitMs} ms of processor time.`);
    this.name = 'ThreadTimeoutError';
  }
}

/** Begins to count the processor time of a thread. */
export type CountProcessorTime = (threadId: string | undefined) => ProcessorTime;

let findScript: () => URL | Promise<URL> = () => findOwnScript('json/schema-worker.js');

/** Tests run the script as it is in the source. */
export function useSchemaWorkerScript(find: () => URL | Promise<URL>): void {
  findScript = find;
}

/** One thread, asked one thing at a time. It keeps the process alive only while it is asked. */
export class WorkerConversation {
  readonly #worker: Promise<Worker>;
  readonly #countTime: CountProcessorTime;
  #threadId: string | undefined;
  #isOver = false;

  constructor(countTime: CountProcessorTime = countProcessorTime) {
    this.#countTime = countTime;
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
   * @param limitMs processor time that the answer may take; none for what depends on nothing that others wrote
   * @throws ThreadTimeoutError when it is used up: the thread is ended by force, even inside one catastrophic regular expression
   * @throws what the thread tells; BusyError when the machine does not let it get on; VisionError SESSION_FAILED when it is gone, RUNTIME_UNAVAILABLE when it
   * could not be started
   */
  async ask<Type extends ToSchemaThread['type']>(
    message: Extract<ToSchemaThread, { readonly type: Type }>,
    limitMs: number = Number.POSITIVE_INFINITY,
  ): Promise<ThreadAnswers[Type]> {
    const worker = await this.#worker;
    const reply = await this.#exchange(worker, message, limitMs);
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
    const ready = await this.#exchange(worker, undefined, Number.POSITIVE_INFINITY);
    if (ready.type === 'ready') this.#threadId = ready.threadId;
    return worker;
  }

  /** Sends a message, and takes the one that comes back. */
  #exchange(worker: Worker, message: ToSchemaThread | undefined, limitMs: number): Promise<FromSchemaThread> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
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
      const giveUp = (error: unknown): void => {
        this.#isOver = true;
        fail(error);
        void worker.terminate();
      };
      // No thread has more processor time than the clock counts, so the first look comes after the whole limit; the next ones after what was left.
      const usedMs = this.#countTime(this.#threadId);
      let waitedMs = 0;
      const look = (): void => {
        const leftMs = limitMs - usedMs();
        if (leftMs <= 0) giveUp(new ThreadTimeoutError(limitMs));
        else if (waitedMs >= patienceMs) giveUp(tooBusy());
        else {
          const stepMs = Math.min(Math.max(leftMs, shortestStepMs), patienceMs - waitedMs);
          waitedMs += stepMs;
          timer = setTimeout(look, stepMs);
        }
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.ref();
      look();
      try {
        if (message !== undefined) worker.postMessage(message);
      } catch (error) {
        fail(error);
      }
    });
  }
}

function tooBusy(): BusyError {
  return new BusyError(`The machine is too busy: the thread for schemas did not get on within ${patienceMs / 1000} seconds.`, {
    hint: 'Try again when the machine has less to do.',
  });
}

function threadGone(cause: unknown): VisionError {
  const isTooLarge = (cause as { readonly code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (isTooLarge) return new VisionError('SCHEMA_UNSUPPORTED', 'The schema takes too much memory.', { hint: 'Make it smaller.', cause });
  const message = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
  return new VisionError('SESSION_FAILED', `The thread for schemas failed: ${message}.`, { hint: 'Ask again.', cause });
}
