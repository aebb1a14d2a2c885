/** One line on stderr that is overwritten on a terminal, and told at most every few seconds elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #lastText = '';
  #lastTime = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** What is going on now. */
  show(text: string): void {
    const now = performance.now();
    const isNewKind = text.split(':')[0] !== this.#lastText.split(':')[0];
    if (text === this.#lastText || (!isNewKind && now - this.#lastTime < (this.#stream.isTTY ? 100 : 10_000))) return;
    this.#lastText = text;
    this.#lastTime = now;
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }

  /** Something that stays. */
  note(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#stream.isTTY && this.#lastText !== '') this.#stream.write('\r\x1b[K');
    this.#lastText = '';
  }
}
