import type { OutputStream } from '../world.ts';
import { describeFailure, formatFailure, formatTrace } from './describe-failure.ts';
import { showControls } from './terminal-text.ts';

/** Work that is under way. */
export interface Status {
  readonly label: string;
  /** Part that is done, 0 to 1; left out when the end is not known. */
  readonly fraction?: number;
}

export interface StatusLineOptions {
  /** Shows neither status nor notices. */
  readonly isQuiet: boolean;
  /** How the program was started. */
  readonly h2ovl: string;
  /** Shows where errors come from. */
  readonly hasTraces?: boolean;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** Redrawing more often only costs time. */
const redrawMs = 80;
const barCells = 20;

/** Standard error: one line of progress on a terminal, which gives way to every other line; notices, warnings and errors. */
export class StatusLine {
  readonly #stream: OutputStream;
  readonly #isQuiet: boolean;
  readonly #h2ovl: string;
  readonly #hasTraces: boolean;
  readonly #now: () => number;
  #isShown = false;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(stream: OutputStream, { isQuiet, h2ovl, hasTraces = false, now = () => performance.now() }: StatusLineOptions) {
    this.#stream = stream;
    this.#isQuiet = isQuiet;
    this.#h2ovl = h2ovl;
    this.#hasTraces = hasTraces;
    this.#now = now;
    stream.on('error', () => {}); // nobody reads the progress any more: the result still counts
  }

  /** Whether progress is drawn at all. */
  get isDrawn(): boolean {
    return this.#stream.isTTY === true && !this.#isQuiet;
  }

  /** Replaces the line. Nothing happens where no person is watching. */
  show({ label, fraction }: Status): void {
    if (!this.isDrawn || this.#now() - this.#drawnAt < redrawMs) return;
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
    if (this.#stream.isTTY !== true) this.notify(line);
  }

  /** A line that is good to know. */
  notify(line: string): void {
    if (!this.#isQuiet) this.warn(line);
  }

  /** A line about the result, which is shown even when quiet. */
  warn(line: string): void {
    this.write(`${showControls(line)}\n`);
  }

  /** A failure: of these files, or of everything. */
  fail(error: unknown, files: readonly string[] = []): void {
    this.write(formatFailure(describeFailure(error, this.#h2ovl), files));
    if (this.#hasTraces) this.write(formatTrace(error));
  }

  /** Text that is shown as it is. */
  write(text: string): void {
    this.clear();
    this.#stream.write(text);
  }
}

function drawBar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * barCells);
  return `[${'#'.repeat(full)}${' '.repeat(barCells - full)}]`;
}
