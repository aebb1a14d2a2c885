import { OutputInvalidError } from '@h2ovl/contract';
import type { PageObject } from '@h2ovl/core';
import { given } from '../given.ts';
import { describeFailure, namesOne } from '../terminal/describe-failure.ts';
import { inOwnWords } from '../terminal/own-words.ts';
import type { StatusLine } from '../terminal/status-line.ts';
import { showName } from '../terminal/terminal-text.ts';
import type { AnswerSubject } from './answer-writer.ts';
import type { Destination } from './destination.ts';
import type { PageWriter } from './follow-pages.ts';
import type { AnswerOrigin } from './lazy-model.ts';
import { asError } from './page-error.ts';
import { tellVerdict } from './tell-verdict.ts';
import { flattenRows, writeCsvLine } from './write-csv.ts';

/** How objects are written. */
export type ExtractForm = 'json' | 'jsonl' | 'csv';

export interface ExtractWriterOptions {
  readonly destination: Destination;
  readonly status: StatusLine;
  /** How the program was started. */
  readonly h2ovl: string;
  readonly form: ExtractForm;
  /** Lines with warnings, usage and timings, whatever the form. */
  readonly isDetailed: boolean;
  /** Objects stand beside what is known of their values; a table has the values alone. */
  readonly withEvidence: boolean;
  readonly inputCount: number;
  /** What made the objects. */
  readonly origin: () => AnswerOrigin | undefined;
}

/** An object that waits for the others it is written with. */
interface DoneObject {
  readonly file: string;
  readonly page: number;
  readonly data: unknown;
}

/** Writes the objects of pages in one form. Lines come as they are ready; a list and a table when all is there, or the work is stopped. */
export class ExtractWriter implements PageWriter<PageObject> {
  readonly isLive = false;
  /** Whether a failure was written. */
  hasFailed = false;
  readonly #options: ExtractWriterOptions;
  #done: DoneObject[] = [];
  /** Whether there is, or was asked for, more than one page. */
  #isList: boolean;
  readonly #begun = new Set<number>();

  constructor(options: ExtractWriterOptions) {
    this.#options = options;
    this.#isList = options.inputCount > 1 && !options.destination.isPerDocument;
  }

  async writeDelta(): Promise<boolean> {
    return false;
  }

  async writeResult(subject: AnswerSubject, result: PageObject): Promise<void> {
    if (result.error !== undefined) {
      await this.writeFailure(subject, asError(result.error));
      return;
    }
    const { h2ovl, isDetailed, status, origin, form, withEvidence } = this.#options;
    const { file, page } = nameOf(subject);
    const { truncated, forced, size, verdict, picture, work, document } = result;
    const data = result.object ?? null; // of a blank page
    const { support, evidence, checks } = result;
    const known = given({ support, evidence: withEvidence ? evidence : undefined, checks });
    this.#isList ||= (subject.chosen ?? 1) > 1;
    const isFirst = !this.#begun.has(subject.input);
    this.#begun.add(subject.input);
    const warnings = [...(isFirst ? document.warnings : []), ...result.warnings].map((message) => inOwnWords(message, h2ovl));
    if (isDetailed) {
      const facts = {
        format: document.format,
        ...given({ size, truncated, forced }),
        verdict,
        ...given({ picture }),
        ...known,
        ...work,
        ...origin(),
        warnings,
      };
      await this.#writeLine(subject, { data, ...facts });
    } else if (this.#isWhole) this.#done.push({ file, page, data: withEvidence && form === 'json' ? { data, ...known } : data });
    else await this.#writeLine(subject, { data, ...(withEvidence && known) });
    const label = labelOf(subject);
    for (const message of [...tellVerdict(verdict), ...warnings])
      status.warn(`warning: ${namesOne(message, [label]) ? '' : `${label}: `}${message}`);
  }

  /** A failure of this page or document; the others are not concerned. */
  async writeFailure(
    subject: AnswerSubject,
    error: unknown,
    { isReported = false }: { readonly isReported?: boolean } = {},
  ): Promise<void> {
    this.hasFailed = true;
    const { h2ovl, status, destination } = this.#options;
    this.#isList ||= (subject.chosen ?? 1) > 1;
    const isPage = (subject.chosen ?? 1) > 1;
    if (!this.#isWhole && (isPage || !destination.isPerDocument))
      await this.#writeLine(subject, { error: describeExtractFailure(error, h2ovl) });
    if (!isReported) status.fail(error, [labelOf(subject)]);
  }

  async endLine(): Promise<void> {}

  async endDocument(input: number): Promise<void> {
    const { destination, inputCount } = this.#options;
    if (destination.isPerDocument || input === inputCount - 1) await this.#writeWhole(input);
    await destination.sinkOf(input).end();
  }

  async stopDocument(input: number): Promise<void> {
    await this.#writeWhole(input);
    const place = await this.#options.destination.sinkOf(input).stop();
    if (place !== undefined) this.#options.status.notify(`Stopped. What was read so far is in ${showName(place)}.`);
  }

  /** Whether objects are written together. */
  get #isWhole(): boolean {
    return !this.#options.isDetailed && this.#options.form !== 'jsonl';
  }

  async #writeWhole(input: number): Promise<void> {
    const done = this.#done;
    this.#done = [];
    if (done.length === 0) return;
    const { form, destination } = this.#options;
    const sink = destination.sinkOf(input);
    if (form === 'csv') {
      await sink.write(makeTable(done));
      return;
    }
    const entries = destination.isPerDocument ? done.map(({ page, data }) => ({ page, data })) : done;
    await sink.write(`${JSON.stringify(this.#isList ? entries : done[0]?.data, undefined, 2)}\n`);
    if (destination.isPerDocument) this.#isList = false; // the next document has a file of its own
  }

  async #writeLine(subject: AnswerSubject, values: object): Promise<void> {
    const { page, pageCount: pages } = subject;
    const line = { file: subject.files[0], ...given({ page, pages }), ...values };
    await this.#options.destination.sinkOf(subject.input).write(`${JSON.stringify(line)}\n`);
  }
}

/** With an answer that does not fit: what came, so that it is not lost. */
function describeExtractFailure(error: unknown, h2ovl: string): object {
  const failure = describeFailure(error, h2ovl);
  if (!OutputInvalidError.isInstance(error)) return failure;
  const { text, issues, finishReason, partial } = error;
  return { ...failure, output: { text, issues, finishReason, ...given({ partial }) } };
}

function makeTable(done: readonly DoneObject[]): string {
  const rows = done.flatMap(({ file, page, data }) =>
    (data === null ? [new Map<string, string>()] : flattenRows(data)).map(
      (row) => new Map([['file', file], ['page', String(page)], ...row]),
    ),
  );
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return [columns, ...rows.map((row) => columns.map((column) => row.get(column) ?? ''))].map(writeCsvLine).join('');
}

function nameOf({ files, page = 1 }: AnswerSubject): { readonly file: string; readonly page: number } {
  return { file: files[0] as string, page }; // an object is of one page
}

function labelOf({ files, page, pageCount = 1 }: AnswerSubject): string {
  return `${files.map(showName).join(', ')}${page !== undefined && pageCount > 1 ? `, page ${page}` : ''}`;
}
