import {
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  GenerationStream,
  type ModelInfo,
  ownInput,
  type TokenCount,
  VisionError,
  type VisionModel,
} from '@h2ovl/contract';
import { BrokenNumbersError, DeviceError } from '../runtime/device-error.ts';

/** A model that takes options which nobody else can change any more, without copying them. */
export interface SteppableModel extends VisionModel {
  /** As `stream`, for what `ownInput` made. */
  streamOwn<T = undefined>(own: GenerateOptions<T>): GenerationStream<T>;
}

/** Opens the model on the next device. `reason` says why, as a sentence. */
export type OpenNext = (reason: string, signal: AbortSignal) => Promise<SteppableModel>;

/** A model, how many answers it has in work, and whether it is to be closed behind the last of them. */
interface Stand {
  readonly model: SteppableModel;
  answers: number;
  isLeft: boolean;
}

/**
 * A model on a device that nobody asked for. When the device fails in the middle of an answer, the model goes on on the next one, once: an answer of which nothing
 * was told yet is made again there, any other ends with an error, and what is asked afterwards is answered there.
 */
export class SteppingModel implements VisionModel {
  readonly id: string;
  readonly #openNext: OpenNext;
  readonly #isSplit: boolean;
  readonly #closing = new AbortController();
  #stand: Stand;
  #stepping: Promise<void> | undefined;
  #left: Promise<void> = Promise.resolve();
  #disposing: Promise<void> | undefined;

  /** `isSplit`: the GPU computes the vision part alone, so that a failure of the language part is the CPU's, whose place nobody can take. */
  constructor(model: SteppableModel, openNext: OpenNext, isSplit = false) {
    this.#isSplit = isSplit;
    this.id = model.id;
    this.#stand = { model, answers: 0, isLeft: false };
    this.#openNext = openNext;
  }

  async info(options?: { readonly signal?: AbortSignal }): Promise<ModelInfo> {
    await this.#stepping?.catch(() => {});
    return this.#stand.model.info(options);
  }

  generate<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>> {
    return this.stream(options).result;
  }

  stream<T = undefined>(options: GenerateOptions<T>): GenerationStream<T> {
    const own = ownInput(options);
    return new GenerationStream<T>((signal) => this.#answer(own, signal), options?.signal, this.#closing.signal);
  }

  async countTokens(options: GenerateOptions<unknown>): Promise<TokenCount> {
    await this.#stepping?.catch(() => {});
    return this.#stand.model.countTokens(options);
  }

  dispose(): Promise<void> {
    this.#disposing ??= this.#close();
    return this.#disposing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #close(): Promise<void> {
    this.#closing.abort(new VisionError('DISPOSED', 'The model was disposed.', { hint: 'Load it again.' }));
    await this.#stepping?.catch(() => {});
    await this.#left;
    await this.#stand.model.dispose();
  }

  async *#answer<T>(options: GenerateOptions<T>, signal: AbortSignal): AsyncGenerator<GenerationEvent<T>, void> {
    await this.#stepping;
    const stand = this.#stand;
    let isTold = false;
    try {
      for await (const event of this.#streamOn(stand, options, signal)) {
        isTold ||= event.type !== 'progress';
        yield event;
      }
      return;
    } catch (error) {
      const failed = signal.aborted ? undefined : this.#blame(stand, error);
      if (failed === undefined) throw error;
      const stepping = this.#stepFrom(stand, failed, error as DeviceError);
      if (stepping === undefined) throw error; // the last device
      if (isTold) {
        throw new VisionError('SESSION_FAILED', `${failed} in the middle of an answer: ${(error as DeviceError).message}`, {
          hint: 'Ask again: further answers are computed on the CPU.',
          cause: error,
        });
      }
      await stepping;
    }
    yield* this.#streamOn(this.#stand, options, signal);
  }

  async *#streamOn<T>(stand: Stand, options: GenerateOptions<T>, signal: AbortSignal): AsyncGenerator<GenerationEvent<T>, void> {
    stand.answers += 1;
    try {
      yield* stand.model.streamOwn({ ...options, signal });
    } finally {
      stand.answers -= 1;
      this.#leave(stand);
    }
  }

  /** What failed, as the beginning of a sentence, where the next device may do better; undefined where it would not. */
  #blame(stand: Stand, error: unknown): string | undefined {
    if (!(error instanceof DeviceError)) return undefined;
    const isSplit = this.#isSplit && (this.#stepping === undefined || stand.isLeft);
    if (!isSplit || error.isOfVision) return 'The GPU failed';
    return error instanceof BrokenNumbersError ? 'The GPU or the CPU failed' : undefined;
  }

  /** Opens the model on the next device, once for all answers that failed. Undefined when there is none left. */
  #stepFrom(stand: Stand, failed: string, error: VisionError): Promise<void> | undefined {
    if (this.#stepping !== undefined) return stand.isLeft ? this.#stepping : undefined;
    stand.isLeft = true;
    const step = async (): Promise<void> => {
      const reason = `The CPU computes, since ${failed.replace(/^The/, 'the')} while an answer was made: ${error.message}`;
      this.#stand = { model: await this.#openNext(reason, this.#closing.signal), answers: 0, isLeft: false };
    };
    this.#stepping = step();
    this.#stepping.catch(() => {}); // whoever waits for it gets the failure, and so does every later answer
    this.#leave(stand);
    return this.#stepping;
  }

  /** Closes a model that was left, behind its last answer. */
  #leave(stand: Stand): void {
    if (!stand.isLeft || stand.answers > 0) return;
    this.#left = this.#left.then(() => stand.model.dispose()).catch(() => {}); // a device that is lost has nothing to give back
  }
}
