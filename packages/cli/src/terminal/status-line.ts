import { createLog, isLogged, type Log, type LogLevel } from '@h2ovl/contract';
import type { OutputStream } from '../world.ts';
import { describeFailure, formatFailure, formatTrace, namesOne } from './describe-failure.ts';
import { showControls } from './terminal-text.ts';

/** Work that is under way. */
export interface Status {
  readonly label: string;
  /** Part that is done, 0 to 1; left out when the end is not known. */
  readonly fraction?: number;
}

export interface StatusLineOptions {
  /** What is shown at least; the status and notices are `info`, and where errors come from is `debug`. */
  readonly level: LogLevel;
  /** One JSON object a line, and no status. */
  readonly isJson?: boolean;
  /** How the program was started. */
  readonly h2ovl: string;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** Redrawing more often only costs time. */
const redrawMs = 80;
const barCells = 20;

/** Standard error: one line of progress on a terminal, which gives way to every other line; notices, warnings and errors. Nothing of a document is ever in them. */
export class StatusLine {
  readonly #stream: OutputStream;
  readonly #level: LogLevel;
  /** Undefined: lines are for people. */
  readonly #log: Log | undefined;
  readonly #h2ovl: string;
  readonly #now: () => number;
  #isShown = false;
  #drawnAt = Number.NEGATIVE_INFINITY;
  /** A question that stands open in the place of the progress. */
  #question: string | undefined;

  constructor(stream: OutputStream, { level, isJson = false, h2ovl, now = () => performance.now() }: StatusLineOptions) {
    this.#stream = stream;
    this.#level = level;
    this.#log = isJson ? createLog((line) => stream.write(line), level) : undefined;
    this.#h2ovl = h2ovl;
    this.#now = now;
    stream.on('error', () => {}); // nobody reads the progress any more: the result still counts
  }

  /** Whether progress is drawn at all. */
  get isDrawn(): boolean {
    return this.#stream.isTTY === true && this.#log === undefined && isLogged('info', this.#level);
  }

  /** Whether lines are for a person who may be asked something. */
  get isForPeople(): boolean {
    return this.#stream.isTTY === true && this.#log === undefined;
  }

  /** Shows a question in the place of the progress, until `answered`. It comes back after whatever is written meanwhile. */
  ask(question: string): void {
    this.clear();
    this.#question = showControls(question);
    this.#drawQuestion();
  }

  answered(): void {
    this.#question = undefined;
    this.#isShown = false;
    this.#stream.write('\n');
  }

  /** Replaces the line. Nothing happens where no person is watching. */
  show({ label, fraction }: Status): void {
    if (this.#question !== undefined && !this.#isShown) this.#drawQuestion();
    if (this.#question !== undefined || !this.isDrawn || this.#now() - this.#drawnAt < redrawMs) return;
    this.#drawnAt = this.#now();
    this.#isShown = true;
    const line = fraction === undefined ? label : `${drawBar(fraction)} ${label}`;
    // One column stays free: a full line would wrap and could not be taken back. Some terminals say they have 0 columns.
    this.#stream.write(`\r\u001b[2K${showControls(line).slice(0, (this.#stream.columns || 80) - 1)}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[2K');
    this.#isShown = false;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }

  /** A line for the log of whoever runs this without a terminal; a terminal shows the progress itself. */
  logPhase(line: string): void {
    if (!this.isDrawn) this.#write('info', 'phase', line);
  }

  /** A line that is good to know. */
  notify(line: string): void {
    this.#write('info', 'notice', line);
  }

  /** A line about the result. */
  warn(line: string): void {
    this.#write('warn', 'warning', line);
  }

  /** The command line was not understood. */
  refuse(line: string): void {
    this.#write('error', 'usage', line);
  }

  /** A failure: of these files, or of everything. */
  fail(error: unknown, files: readonly string[] = []): void {
    const failure = describeFailure(error, this.#h2ovl);
    if (this.#log !== undefined) {
      const { code, message, hint } = failure;
      const file = files.length === 0 || namesOne(message, files) ? {} : { file: files.join(', ') };
      this.#log('error', 'failed', { code, message, ...(hint !== undefined && { hint }), ...file });
      this.#log('debug', 'trace', { trace: formatTrace(error).trimEnd() });
      return;
    }
    if (isLogged('error', this.#level)) this.write(formatFailure(failure, files));
    if (isLogged('debug', this.#level)) this.write(formatTrace(error));
  }

  #write(level: Exclude<LogLevel, 'silent'>, event: string, line: string): void {
    if (this.#log !== undefined) this.#log(level, event, { message: line });
    else if (isLogged(level, this.#level)) this.write(`${showControls(line)}\n`);
  }

  /** Text that is shown as it is. */
  write(text: string): void {
    this.clear();
    this.#stream.write(text);
    if (this.#question !== undefined) this.#drawQuestion();
  }

  #drawQuestion(): void {
    this.#stream.write(this.#question ?? '');
    this.#isShown = true;
  }
}

function drawBar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * barCells);
  return `[${'#'.repeat(full)}${' '.repeat(barCells - full)}]`;
}
