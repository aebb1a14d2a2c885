import type { GenerateOptions, PageModel, VisionModel } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import { packageVersion } from '../package-version.ts';
import { openModel } from '../with-model.ts';
import { limitTime } from './time-limit.ts';

/** What made an answer. */
export interface AnswerOrigin {
  readonly model: string;
  /** How its weights are stored. */
  readonly precision: string;
  /** Of this program. */
  readonly version: string;
}

interface OpenedModel {
  readonly model: VisionModel;
  readonly pages: PageModel;
}

/** The chosen model, opened when a page first needs it, and once: a page whose text stands in the file needs none. */
export class LazyModel implements AsyncDisposable {
  readonly #flags: RunFlags;
  readonly #context: CommandContext;
  #opening: Promise<OpenedModel> | undefined;
  #origin: AnswerOrigin | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(flags: RunFlags, context: CommandContext) {
    this.#flags = flags;
    this.#context = context;
  }

  /** Undefined as long as it was not opened. */
  get origin(): AnswerOrigin | undefined {
    return this.#origin;
  }

  /** Whether its failure was told. */
  isReported = false;

  /** Whether this is why it could not be opened. */
  isFailure(error: unknown): boolean {
    return this.#failure !== undefined && this.#failure.error === error;
  }

  /** The model as the flags want it. */
  readonly get = async (): Promise<PageModel> => (await this.#open()).pages;

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.model.dispose();
  }

  #open(): Promise<OpenedModel> {
    this.#opening ??= this.#load().catch((error: unknown) => {
      this.#failure = { error };
      throw error;
    });
    return this.#opening;
  }

  async #load(): Promise<OpenedModel> {
    const model = await openModel(this.#flags, this.#context);
    try {
      const { weights } = await model.info({ signal: this.#context.signal });
      this.#origin = { model: model.id, precision: weights.name, version: packageVersion() };
      return { model, pages: this.#withFlags(model) };
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  #withFlags(model: VisionModel): PageModel {
    const { system, timeout } = this.#flags;
    return {
      id: model.id,
      info: (options) => model.info(options),
      stream: (options) =>
        limitTime(timeout, options.signal ?? this.#context.signal, (signal) =>
          model.stream({ ...options, signal, ...(system !== undefined && { system }) } as GenerateOptions<unknown>),
        ),
    };
  }
}
