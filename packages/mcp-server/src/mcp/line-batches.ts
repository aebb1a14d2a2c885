type RequestId = string | number;

interface Batch {
  readonly waiting: Set<RequestId>;
  readonly answers: object[];
}

/** Gathers the answers to the requests of a batch, which belong on one line. */
export class LineBatches {
  readonly #batches = new Map<RequestId, Batch>();

  /** A batch with these requests has come. */
  open(ids: readonly RequestId[]): void {
    const batch: Batch = { waiting: new Set(ids), answers: [] };
    for (const id of ids) this.#batches.set(id, batch);
  }

  /** Keeps an answer that belongs to a batch; false when it does not. */
  hold(id: RequestId | undefined, answer: object): boolean {
    const batch = id === undefined ? undefined : this.#batches.get(id);
    batch?.answers.push(answer);
    return batch !== undefined;
  }

  /** A request is answered, or was cancelled. Returns the answers of its batch when it was the last, and there are any. */
  finish(id: RequestId): readonly object[] | undefined {
    const batch = this.#batches.get(id);
    if (batch === undefined) return undefined;
    this.#batches.delete(id);
    batch.waiting.delete(id);
    return batch.waiting.size === 0 && batch.answers.length > 0 ? batch.answers : undefined;
  }
}
