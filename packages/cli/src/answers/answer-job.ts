import type { GenerationEvent } from '@h2ovl/core';

/** What a viewer of an answer is shown: text that was not shown before, or the latest progress. */
export type AnswerUpdate = Extract<GenerationEvent, { readonly type: 'text-delta' | 'progress' }>;

/** How the work on an answer tells what it is doing. */
export type ReportUpdate = (update: AnswerUpdate) => void;

/** One answer in work. It goes on whether somebody looks or not; a viewer who comes late gets the text so far. */
export class AnswerJob<Result> {
  /** The whole answer; left unread, it never raises an unhandled rejection. */
  readonly result: Promise<Result>;
  #text = '';
  #progress: AnswerUpdate | undefined;
  #isWriting = false;
  #isSettled = false;
  #wake: () => void = () => {};
  readonly #onChange: () => void;

  /** `work` is started at once. `onChange` is called when the answer begins to be written and when it ends. */
  constructor(work: (report: ReportUpdate) => Promise<Result>, onChange: () => void = () => {}) {
    this.#onChange = onChange;
    this.result = this.#follow(work);
    this.result.catch(() => {}); // whoever awaits it gets the error
  }

  /** Whether page and prompt have been read: what is left is one token after the other. */
  get isWriting(): boolean {
    return this.#isWriting || this.#isSettled;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Progress and text until the answer is complete or failed; then look at `result`. For one viewer. */
  async *updates(): AsyncGenerator<AnswerUpdate, void> {
    let shown = 0;
    let told: AnswerUpdate | undefined;
    for (;;) {
      const [text, progress] = [this.#text, this.#progress];
      if (text.length > shown) yield { type: 'text-delta', delta: text.slice(shown) };
      if (progress !== undefined && progress !== told) yield progress;
      const isNew = text.length > shown || progress !== told;
      shown = text.length;
      told = progress;
      if (isNew) continue;
      if (this.#isSettled) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #follow(work: (report: ReportUpdate) => Promise<Result>): Promise<Result> {
    try {
      return await work((update) => this.#take(update));
    } finally {
      this.#isSettled = true;
      this.#wake();
      this.#onChange();
    }
  }

  #take(update: AnswerUpdate): void {
    if (update.type === 'text-delta') this.#text += update.delta;
    else this.#progress = update;
    if (!this.#isWriting && (update.type === 'text-delta' || update.phase === 'generate')) {
      this.#isWriting = true;
      this.#onChange();
    }
    this.#wake();
  }
}
