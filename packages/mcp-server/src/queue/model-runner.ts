import { setMaxListeners } from 'node:events';
import {
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  type LoadProgress,
  linkSignal,
  type ModelInfo,
  type TokenCount,
  VisionError,
  type VisionModel,
} from '@h2ovl/contract';
import type { ModelStatus } from '@h2ovl/contract/wire';
import type { Log } from '../log.ts';
import type { ModelHost } from './model-host.ts';
import type { QueueState, QueueTicket, WorkQueue } from './work-queue.ts';

/** What a request is doing, from the queue to the last token. */
export type WorkEvent =
  | { readonly type: 'wait'; readonly ahead: number }
  | { readonly type: 'load'; readonly progress: LoadProgress }
  | Extract<GenerationEvent, { readonly type: 'progress' | 'text-delta' }>;

export interface ModelRunnerOptions {
  readonly host: ModelHost;
  readonly queue: WorkQueue;
  readonly log: Log;
  /** Seconds one answer may take once it runs; a hang ends here instead of blocking the queue for ever. @default 3600 */
  readonly maxSeconds?: number;
}

/** One admitted request. */
export interface AdmittedWork {
  /** Waits for its turn, opens the model when needed, generates. Settles within a step after the abort, with the signal's reason. */
  run(request: GenerateOptions<unknown>, onEvent?: (event: WorkEvent) => void): Promise<GenerateResult<unknown>>;
  /** Gives the place back without running. */
  leave(): void;
}

/** One admitted request that asks the model several times: one place in the queue, and a turn for each question. */
export interface HeldPlace {
  /** Aborts when the request is given up or the server stops. */
  readonly signal: AbortSignal;
  /** Waits for the first turn. Nothing is opened or asked before it. */
  turn(onEvent: (event: WorkEvent) => void): Promise<void>;
  /** Asks the model, in this turn. */
  run(request: GenerateOptions<unknown>, onEvent: (event: WorkEvent) => void): Promise<GenerateResult<unknown>>;
  /** What the model is; it is opened if need be, in this turn. */
  info(onEvent: (event: WorkEvent) => void): Promise<ModelInfo>;
  /** Lets those go first that wait, and waits for the next turn; with `until`, for that first, while others have the turn. */
  pass(onEvent: (event: WorkEvent) => void, until?: Promise<void>): Promise<void>;
  /** Must be called once the work is over, however it ended. */
  leave(): void;
}

/** The way to the model for HTTP and MCP: a place in the queue, then the model, then the answer. */
export class ModelRunner {
  readonly #host: ModelHost;
  readonly #queue: WorkQueue;
  readonly #log: Log;
  readonly #maxSeconds: number;
  readonly #stop = new AbortController();

  constructor({ host, queue, log, maxSeconds = 3600 }: ModelRunnerOptions) {
    this.#host = host;
    this.#queue = queue;
    this.#log = log;
    this.#maxSeconds = maxSeconds;
    setMaxListeners(0, this.#stop.signal); // one per request in the queue, each taken off again
  }

  get modelId(): string {
    return this.#host.id;
  }

  get modelState(): ModelStatus {
    return this.#host.state;
  }

  get queueState(): QueueState {
    return this.#queue.state;
  }

  /** Takes a place in the queue at once, or throws QUEUE_FULL at once, so that a refusal can still be a status code. */
  admit(signal: AbortSignal): AdmittedWork {
    const place = this.hold(signal);
    return {
      run: async (request, onEvent = () => {}) => {
        try {
          await place.turn(onEvent);
          return await place.run(request, onEvent);
        } finally {
          place.leave();
        }
      },
      leave: () => place.leave(),
    };
  }

  /** Takes a place as `admit` does, for work that asks several times. */
  hold(signal: AbortSignal): HeldPlace {
    const linked = linkSignal(signal, this.#stop.signal);
    const arrived = performance.now();
    let ticket: QueueTicket;
    try {
      ticket = this.#queue.admit(linked.signal);
    } catch (error) {
      linked.release();
      throw error;
    }
    let waitingSince = arrived;
    const wait = async (turn: Promise<void>, onEvent: (event: WorkEvent) => void): Promise<void> => {
      if (ticket.ahead() > 0) onEvent({ type: 'wait', ahead: ticket.ahead() });
      await turn.catch((error: unknown) => {
        if (linked.signal.aborted) this.#log('info', 'aborted', { ms: Math.round(performance.now() - arrived) });
        throw error;
      });
    };
    return {
      signal: linked.signal,
      turn: (onEvent) => wait(ticket.turn, onEvent),
      run: (request, onEvent) => this.#run(request, linked.signal, waitingSince, onEvent),
      info: (onEvent) => this.#ask(linked.signal, (model, own) => model.info({ signal: own }), onEvent),
      pass: async (onEvent, until) => {
        waitingSince = performance.now();
        await wait(ticket.pass(until), onEvent);
      },
      leave: () => {
        ticket.leave();
        linked.release();
      },
    };
  }

  /** What the model is; it is opened if need be. Not in the queue, since nothing is generated. */
  async info(signal: AbortSignal): Promise<ModelInfo> {
    return await this.#ask(signal, (model, own) => model.info({ signal: own }));
  }

  /** The tokens of a prompt. Not in the queue, since images are opened for their size only. */
  async countTokens(request: GenerateOptions<unknown>, signal: AbortSignal): Promise<TokenCount> {
    return await this.#ask(signal, (model, own) => model.countTokens({ ...request, signal: own }));
  }

  /** Refuses new work, lets what is in the queue finish for `graceMs`, then aborts it; the model is closed at the end. */
  async stop(graceMs: number): Promise<void> {
    this.#queue.close();
    const deadline = setTimeout(() => {
      this.#stop.abort(
        new VisionError('DISPOSED', 'The server stopped before the answer was done.', { hint: 'Ask again when it is back.' }),
      );
    }, graceMs);
    await this.#queue.whenIdle();
    clearTimeout(deadline);
    await this.#host.dispose();
  }

  async #ask<R>(
    signal: AbortSignal,
    question: (model: VisionModel, signal: AbortSignal) => Promise<R>,
    onEvent: (event: WorkEvent) => void = () => {},
  ): Promise<R> {
    const linked = linkSignal(signal, this.#stop.signal);
    try {
      const model = await this.#host.open(linked.signal, (progress) => onEvent({ type: 'load', progress }));
      return await question(model, linked.signal);
    } finally {
      linked.release();
    }
  }

  async #run(
    request: GenerateOptions<unknown>,
    signal: AbortSignal,
    waitingSince: number,
    onEvent: (event: WorkEvent) => void,
  ): Promise<GenerateResult<unknown>> {
    const started = performance.now();
    const own = linkSignal(signal);
    const limit = setTimeout(() => own.abort(tooSlow(this.#maxSeconds)), this.#maxSeconds * 1000);
    try {
      const model = await this.#host.open(own.signal, (progress) => onEvent({ type: 'load', progress }));
      const answer = await generate(model, request, own.signal, onEvent);
      this.#log('info', 'answer', {
        waitMs: Math.round(started - waitingSince),
        ms: Math.round(performance.now() - started),
        inputTokens: answer.usage.inputTokens,
        outputTokens: answer.usage.outputTokens,
        finishReason: answer.finishReason,
      });
      return answer;
    } catch (error) {
      if (own.signal.aborted) this.#log('info', 'aborted', { ms: Math.round(performance.now() - waitingSince) });
      throw error;
    } finally {
      clearTimeout(limit);
      own.release();
    }
  }
}

async function generate(
  model: VisionModel,
  request: GenerateOptions<unknown>,
  signal: AbortSignal,
  onEvent: (event: WorkEvent) => void,
): Promise<GenerateResult<unknown>> {
  const stream = model.stream({ ...request, signal });
  for await (const event of stream) {
    // Where the answer is checked afterwards, the first may not be the one that counts.
    if (event.type === 'progress' || (event.type === 'text-delta' && request.enforcement !== 'after')) onEvent(event);
  }
  return await stream.result;
}

function tooSlow(seconds: number): VisionError {
  return new VisionError('SESSION_FAILED', `The answer was not done after ${seconds} s.`, {
    hint: 'Lower the token or tile limit, or start the server with a larger --max-seconds.',
  });
}
