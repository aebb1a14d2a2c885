import type { GenerateResult } from '@h2ovl/core';
import { describeFailure, namesOne } from '../terminal/describe-failure.ts';
import { inOwnWords } from '../terminal/own-words.ts';
import type { ResultOutput } from '../terminal/result-output.ts';
import type { StatusLine } from '../terminal/status-line.ts';
import { showName } from '../terminal/terminal-text.ts';
import { flattenRows, writeCsvLine } from './write-csv.ts';

/** How objects are written. */
export type ExtractForm = 'json' | 'jsonl' | 'csv';

export interface ExtractWriterOptions {
  readonly output: ResultOutput;
  readonly status: StatusLine;
  /** How the program was started. */
  readonly h2ovl: string;
  readonly form: ExtractForm;
  /** Lines with warnings, usage and timings, whatever the form. */
  readonly isDetailed: boolean;
  /** There is one file: its object stands alone. */
  readonly isSingle: boolean;
}

/** Writes the objects of files in one form. Lines come as they are ready; a list and a table at the end. */
export class ExtractWriter {
  /** Whether a failure was written. */
  hasFailed = false;
  readonly #options: ExtractWriterOptions;
  readonly #done: { readonly file: string; readonly data: unknown }[] = [];

  constructor(options: ExtractWriterOptions) {
    this.#options = options;
  }

  async writeObject(file: string, result: GenerateResult<unknown>): Promise<void> {
    const { form, h2ovl, isDetailed, status } = this.#options;
    const { object: data, warnings, usage, timings, truncated } = result;
    if (isDetailed) await this.#writeLine({ file, data, warnings, ...(truncated && { truncated }), usage, timings });
    else if (form === 'jsonl') await this.#writeLine({ file, data });
    else this.#done.push({ file, data });
    for (const { message } of warnings) {
      status.warn(`warning: ${namesOne(message, [file]) ? '' : `${showName(file)}: `}${inOwnWords(message, h2ovl)}`);
    }
  }

  /** A failure of this file; the others are not concerned. */
  async writeFailure(file: string, error: unknown): Promise<void> {
    this.hasFailed = true;
    const { form, h2ovl, isDetailed, status } = this.#options;
    if (isDetailed || form === 'jsonl') await this.#writeLine({ file, error: describeFailure(error, h2ovl) });
    status.fail(error, [file]);
  }

  /** What could not be written before all was there. */
  async end(): Promise<void> {
    const { output, form, isDetailed, isSingle } = this.#options;
    if (isDetailed || form === 'jsonl' || this.#done.length === 0) return;
    if (form === 'csv') {
      const rows = this.#done.flatMap(({ file, data }) => flattenRows(data).map((row) => new Map([['file', file], ...row])));
      const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
      await output.write(writeCsvLine(columns));
      for (const row of rows) await output.write(writeCsvLine(columns.map((column) => row.get(column) ?? '')));
      return;
    }
    const value = isSingle ? this.#done[0]?.data : this.#done;
    await output.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  async #writeLine(value: object): Promise<void> {
    await this.#options.output.write(`${JSON.stringify(value)}\n`);
  }
}
