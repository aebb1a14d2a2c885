import type { GenerateResult, Warning } from '@h2ovl/core';
import { given } from '../given.ts';
import { describeFailure, namesOne } from '../terminal/describe-failure.ts';
import { inOwnWords } from '../terminal/own-words.ts';
import type { ResultOutput } from '../terminal/result-output.ts';
import type { StatusLine } from '../terminal/status-line.ts';
import { StreamTrimmer, showName } from '../terminal/terminal-text.ts';

export interface AnswerWriterOptions {
  readonly output: ResultOutput;
  readonly status: StatusLine;
  readonly isJson: boolean;
  /** How the program was started. */
  readonly h2ovl: string;
  /** The answer is about several images. */
  readonly isTogether: boolean;
  /** Answers follow each other and need to be told apart. */
  readonly hasHeaders: boolean;
}

/** What made an answer. */
export interface AnswerOrigin {
  readonly model: string;
  /** How its weights are stored. */
  readonly precision: string;
  /** Of this program. */
  readonly version: string;
}

/** Writes answers in one form: text, as it is made on a terminal and whole elsewhere, or one JSON line each. */
export class AnswerWriter {
  /** Whether text is shown while it is made. */
  readonly isLive: boolean;
  /** Whether a failure was written. */
  hasFailed = false;
  readonly #options: AnswerWriterOptions;
  /** The answer that is being shown. */
  #live: StreamTrimmer | undefined;
  #hasWritten = false;

  constructor(options: AnswerWriterOptions) {
    this.#options = options;
    this.isLive = options.output.isTerminal && !options.isJson;
  }

  /** A piece of the present answer; only when live. Returns whether something was shown. */
  async writeDelta(files: readonly string[], delta: string): Promise<boolean> {
    const trimmer = this.#live ?? new StreamTrimmer();
    const shown = trimmer.push(delta);
    if (shown === '') return this.#live !== undefined;
    if (this.#live === undefined) await this.#writeHeader(files);
    this.#live = trimmer;
    await this.#options.output.write(shown);
    return true;
  }

  /** The whole answer, or what of it was not shown yet. */
  async writeAnswer(files: readonly string[], result: GenerateResult, origin: AnswerOrigin): Promise<void> {
    const { output, isJson, h2ovl } = this.#options;
    const { finishReason, usage, timings, images } = result;
    const text = result.text.trim();
    const warnings = (text === '' ? [...result.warnings, emptyWarning] : result.warnings).map((warning) => ({
      ...warning,
      message: inOwnWords(warning.message, h2ovl),
    }));
    if (isJson) {
      await this.#writeJson(files, { text, finishReason, usage, timings, ...given({ images }), ...origin, warnings });
    } else if (this.#live === undefined) {
      await this.#writeHeader(files);
      await output.write(`${text}\n`);
    } else {
      await this.endLine();
    }
    for (const { message } of warnings) this.#options.status.warn(`warning: ${prefix(files, message)}${message}`);
  }

  /** A failure of these files; the others are not concerned. With `isReported` it is on stderr already. */
  async writeFailure(
    files: readonly string[],
    error: unknown,
    { isReported = false }: { readonly isReported?: boolean } = {},
  ): Promise<void> {
    this.hasFailed = true;
    await this.endLine();
    if (this.#options.isJson) await this.#writeJson(files, { error: describeFailure(error, this.#options.h2ovl) });
    if (!isReported) this.#options.status.fail(error, files);
  }

  /** Ends a line that was begun, so that whatever comes next stands on its own. */
  async endLine(): Promise<void> {
    if (this.#live !== undefined) await this.#options.output.write('\n');
    this.#live = undefined;
  }

  async #writeHeader(files: readonly string[]): Promise<void> {
    if (!this.#options.hasHeaders) return;
    await this.#options.output.write(`${this.#hasWritten ? '\n' : ''}==> ${files.map(showName).join(', ')} <==\n`);
    this.#hasWritten = true;
  }

  async #writeJson(files: readonly string[], values: object): Promise<void> {
    const name = this.#options.isTogether ? { files } : { file: files[0] };
    await this.#options.output.write(`${JSON.stringify({ ...name, ...values })}\n`);
  }
}

const emptyWarning: Warning = { type: 'other', message: 'The answer is empty: the model ended at once. It may see nothing to read.' };

function prefix(files: readonly string[], message: string): string {
  return namesOne(message, files) ? '' : `${files.map(showName).join(', ')}: `;
}
