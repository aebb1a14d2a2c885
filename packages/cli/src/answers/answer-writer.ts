import type { PageReading, PageResult } from '@h2ovl/core';
import { given } from '../given.ts';
import { describeFailure, namesOne } from '../terminal/describe-failure.ts';
import { inOwnWords } from '../terminal/own-words.ts';
import type { StatusLine } from '../terminal/status-line.ts';
import { StreamTrimmer, showName } from '../terminal/terminal-text.ts';
import type { Destination, Sink } from './destination.ts';
import { formatComparison } from './format-comparison.ts';
import type { AnswerOrigin } from './lazy-model.ts';
import { asError } from './page-error.ts';
import { tellVerdict } from './tell-verdict.ts';
import { type AnswerForm, makeHeader, makeMissing, makeText } from './text-forms.ts';

export interface AnswerWriterOptions {
  readonly destination: Destination;
  readonly status: StatusLine;
  readonly form: AnswerForm;
  /** How the program was started. */
  readonly h2ovl: string;
  /** The answer is about several documents. */
  readonly isTogether: boolean;
  readonly inputCount: number;
  /** What the model writes is compared with a text layer, and is not the answer itself. */
  readonly isComparing: boolean;
  /** What made the answers of the model. */
  readonly origin: () => AnswerOrigin | undefined;
}

/** What an answer is about. */
export interface AnswerSubject {
  /** Place among the inputs, from 0. */
  readonly input: number;
  readonly files: readonly string[];
  /** Undefined for an answer about all pages together, and for a document that could not be opened. */
  readonly page?: number | undefined;
  readonly pageCount?: number | undefined;
  /** Pages of the document that were asked for. */
  readonly chosen?: number | undefined;
}

/** The text that was read, or the answer. */
export type TextResult = Omit<PageReading, 'page' | 'document'> & Partial<Pick<PageResult, 'document'>>;

/** Writes answers in one form: text, as it is made on a terminal and whole elsewhere, Markdown, or one JSON line each. */
export class AnswerWriter {
  /** Whether a failure was written. */
  hasFailed = false;
  readonly #options: AnswerWriterOptions;
  /** The answer that is being shown. */
  #live: { readonly sink: Sink; readonly trimmer: StreamTrimmer } | undefined;
  readonly #begun = new Set<number>();

  constructor(options: AnswerWriterOptions) {
    this.#options = options;
  }

  /** Whether text is shown while it is made. */
  get isLive(): boolean {
    const { form, destination, isComparing } = this.#options;
    return form === 'text' && !isComparing && destination.sinkOf(0).isTerminal;
  }

  /** A piece of the present answer; only when live. Returns whether something was shown. */
  async writeDelta(subject: AnswerSubject, delta: string): Promise<boolean> {
    const trimmer = this.#live?.trimmer ?? new StreamTrimmer();
    const shown = trimmer.push(delta);
    if (shown === '') return this.#live !== undefined;
    const sink = this.#sinkOf(subject);
    if (this.#live === undefined) await this.#writeHeader(subject, sink);
    this.#live = { sink, trimmer };
    await sink.write(shown);
    return true;
  }

  /** The whole answer, or what of it was not shown yet; or why the page has none. */
  async writeResult(subject: AnswerSubject, result: TextResult): Promise<void> {
    if (result.error !== undefined) {
      await this.writeFailure(subject, asError(result.error));
      return;
    }
    const warnings = this.#collectWarnings(subject, result);
    const sink = this.#sinkOf(subject);
    if (this.#options.form === 'json') {
      await this.#writeJson(subject, { ...describeResult(result), ...(result.work && this.#options.origin()), warnings });
    } else if (this.#live === undefined) {
      await this.#writeHeader(subject, sink);
      await sink.write(`${makeText(result.text, this.#options.form)}\n`);
    } else {
      await this.endLine();
      // What was shown while it was made is not what is taken.
      if (result.verdict.attempts.length > 0) await sink.write(`\n${makeText(result.text, this.#options.form)}\n`);
    }
    if (result.comparison !== undefined && this.#options.form !== 'json')
      await sink.write(formatComparison(result.comparison, this.#options.form));
    const names = [nameOf(subject)];
    for (const message of [...tellVerdict(result.verdict), ...warnings])
      this.#options.status.warn(`warning: ${namesOne(message, names) ? '' : `${names}: `}${message}`);
  }

  /** A failure of this page or document; the others are not concerned. With `isReported` it is on stderr already. */
  async writeFailure(
    subject: AnswerSubject,
    error: unknown,
    { isReported = false }: { readonly isReported?: boolean } = {},
  ): Promise<void> {
    this.hasFailed = true;
    await this.endLine();
    const failure = describeFailure(error, this.#options.h2ovl);
    const isPage = (subject.chosen ?? 1) > 1;
    // A file that holds nothing but a failure would look like a result.
    if (this.#options.form === 'json') {
      if (isPage || !this.#options.destination.isPerDocument) await this.#writeJson(subject, { error: failure });
    } else if (isPage) {
      const sink = this.#sinkOf(subject);
      await sink.write(`${sink.hasText ? '\n' : ''}${makeMissing(nameOf(subject), failure.code, this.#options.form)}`);
    }
    if (!isReported) this.#options.status.fail(error, [nameOf(subject)]);
  }

  /** Ends a line that was begun, so that whatever comes next stands on its own. */
  async endLine(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    await live?.sink.write('\n');
  }

  /** All pages of this input are written. */
  async endDocument(input: number): Promise<void> {
    await this.#options.destination.sinkOf(input).end();
  }

  /** The work ends before this input does: what was written stays. */
  async stopDocument(input: number): Promise<void> {
    const place = await this.#options.destination.sinkOf(input).stop();
    if (place !== undefined) this.#options.status.notify(`Stopped. What was read so far is in ${showName(place)}.`);
  }

  #sinkOf({ input }: AnswerSubject): Sink {
    return this.#options.destination.sinkOf(input);
  }

  async #writeHeader(subject: AnswerSubject, sink: Sink): Promise<void> {
    const { inputCount, isTogether, destination, form } = this.#options;
    const isOneOfSeveral = (subject.chosen ?? 1) > 1 || (inputCount > 1 && !isTogether && !destination.isPerDocument);
    if (isOneOfSeveral) await sink.write(`${sink.hasText ? '\n' : ''}${makeHeader(nameOf(subject), form)}`);
  }

  async #writeJson(subject: AnswerSubject, values: object): Promise<void> {
    const { files, page, pageCount: pages } = subject;
    const name = this.#options.isTogether ? { files } : { file: files[0] };
    await this.#sinkOf(subject).write(`${JSON.stringify({ ...name, ...given({ page, pages }), ...values })}\n`);
  }

  /** What holds for the whole document is said with its first page. */
  #collectWarnings({ input }: AnswerSubject, { document, warnings }: TextResult): readonly string[] {
    const isFirst = !this.#begun.has(input);
    this.#begun.add(input);
    const all = [...(isFirst ? (document?.warnings ?? []) : []), ...warnings];
    return all.map((message) => inOwnWords(message, this.#options.h2ovl));
  }
}

function describeResult({ text, document, size, source, reason, verdict, picture, work, support, comparison }: TextResult): object {
  return {
    ...given({ format: document?.format, size }),
    text: text.trim(),
    ...given({ source, reason }),
    verdict,
    ...given({ picture }),
    ...work,
    ...given({ support, comparison }),
  };
}

/** What it is called in lines for people, and in messages of the library. */
function nameOf({ files, page, pageCount = 1 }: AnswerSubject): string {
  return `${files.map(showName).join(', ')}${page !== undefined && pageCount > 1 ? `, page ${page}` : ''}`;
}
