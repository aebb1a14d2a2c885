import type { GenerateResult } from '@h2ovl/contract';
import { workMs } from '../../answer/round-timings.ts';
import { checkBudget } from '../../answer/time-budget.ts';
import type { OpenDocument } from '../../documents/document-pages.ts';

/** Milliseconds for one page: ten times what a dense page takes the 0.8B on two slow cores. */
export const defaultPageBudgetMs = 600_000;

/** What documents took so far, as long as they are open: their pages may be asked for one by one. */
const spent = new WeakMap<OpenDocument, number>();

/** The time that a document's pages may take together. */
export class DocumentTime {
  readonly #document: OpenDocument;
  readonly #budgetMs: number;
  readonly #pageBudgetMs: number;

  /** @throws VisionError INVALID_ARGUMENT for a budget that is no time */
  constructor(
    document: OpenDocument,
    {
      pageBudgetMs = defaultPageBudgetMs,
      documentBudgetMs,
    }: { readonly pageBudgetMs?: number | undefined; readonly documentBudgetMs?: number | undefined },
  ) {
    checkBudget(pageBudgetMs, 'pageBudgetMs');
    checkBudget(documentBudgetMs, 'documentBudgetMs');
    this.#document = document;
    this.#budgetMs = documentBudgetMs ?? Number.POSITIVE_INFINITY;
    this.#pageBudgetMs = pageBudgetMs;
  }

  get isOver(): boolean {
    return this.#leftMs <= 0;
  }

  /** For the next page: its own budget, or what is left of the document's. */
  startPage(): PageTime {
    return new PageTime(Math.min(this.#pageBudgetMs, this.#leftMs), (ms) =>
      spent.set(this.#document, (spent.get(this.#document) ?? 0) + ms),
    );
  }

  get #leftMs(): number {
    return this.#budgetMs - (spent.get(this.#document) ?? 0);
  }
}

/** The time that one page may take. Only work counts: a busy server's queue is no fault of the page. */
export class PageTime {
  readonly #budgetMs: number;
  readonly #onSpent: (ms: number) => void;
  #spentMs = 0;

  constructor(budgetMs: number, onSpent: (ms: number) => void = () => {}) {
    this.#budgetMs = budgetMs;
    this.#onSpent = onSpent;
  }

  get leftMs(): number {
    return Math.max(0, this.#budgetMs - this.#spentMs);
  }

  /** What an answer that is asked for now may take: a millisecond at least, since no answer is asked for without any. */
  get answerBudgetMs(): number {
    return Math.max(1, this.leftMs);
  }

  /** Counts work that is no model's by the clock. */
  async clock<T>(work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    try {
      return await work();
    } finally {
      this.spend(performance.now() - startedMs);
    }
  }

  /** Counts what an answer took. One that its time was over for took all of it, whatever its phases add up to. */
  count({ timings, finishReason }: Pick<GenerateResult<unknown>, 'timings' | 'finishReason'>): void {
    const ms = workMs(timings);
    this.spend(finishReason === 'timeout' ? Math.max(ms, this.leftMs) : ms);
  }

  /** Counts an answer that came as an error, which tells no times, by the clock. */
  countFailed(startedMs: number, finishReason: string | undefined): void {
    const ms = performance.now() - startedMs;
    this.spend(finishReason === 'timeout' ? Math.max(ms, this.leftMs) : ms);
  }

  /** Counts milliseconds of work. */
  spend(ms: number): void {
    this.#spentMs += ms;
    this.#onSpent(ms);
  }
}
