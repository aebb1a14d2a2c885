import type { GenerateResult, GenerationEvent } from '@h2ovl/core';

/** What a viewer of an answer is shown: text that was not shown before, or the latest progress. */
export type AnswerUpdate = Exclude<GenerationEvent, { readonly type: 'finish' | 'object-delta' }>;

/** One answer in work. It goes on whether somebody looks or not; a viewer who comes late gets what was missed. */
export class AnswerJob {
  /** The whole answer; left unread, it never raises an unhandled rejection. */
  readonly result: Promise<GenerateResult>;
  #backlog = '';
  #progress: AnswerUpdate | undefined;
  #isWriting = false;
  #isSettled = false;
  #wake: () => void = () => {};
  readonly #onChange: () => void;

  /** `onChange` is called when the answer begins to be written and when it ends. */
  constructor(events: AsyncIterable<GenerationEvent>, onChange: () => void = () => {}) {
    this.#onChange = onChange;
    this.result = this.#pump(events);
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
    for (;;) {
      const [delta, progress] = [this.#backlog, this.#progress];
      this.#backlog = '';
      this.#progress = undefined;
      if (delta !== '') yield { type: 'text-delta', delta };
      if (progress !== undefined) yield progress;
      if (delta !== '' || progress !== undefined) continue;
      if (this.#isSettled) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #pump(events: AsyncIterable<GenerationEvent>): Promise<GenerateResult> {
    try {
      for await (const event of events) {
        if (event.type === 'finish') return event.result;
        this.#take(event);
      }
      throw new Error('The stream ended without a result.'); // a broken promise of the model's
    } finally {
      this.#isSettled = true;
      this.#wake();
      this.#onChange();
    }
  }

  #take(event: GenerationEvent): void {
    if (event.type === 'text-delta') this.#backlog += event.delta;
    else if (event.type === 'progress') this.#progress = event;
    if (!this.#isWriting && (event.type === 'text-delta' || (event.type === 'progress' && event.phase === 'generate'))) {
      this.#isWriting = true;
      this.#onChange();
    }
    this.#wake();
  }
}
