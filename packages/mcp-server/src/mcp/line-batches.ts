type RequestId = string | number;

interface Batch {
  /** Requests that are not answered yet. */
  waiting: number;
  readonly answers: object[];
}

/** Gathers the answers to the requests of a batch, which belong on one line. Each answer counts for one request, also where several have the same id. */
export class LineBatches {
  readonly #batches = new Map<RequestId, Batch[]>();

  /** A batch with these requests has come. */
  open(ids: readonly RequestId[]): void {
    const batch: Batch = { waiting: ids.length, answers: [] };
    for (const id of ids) this.#batches.set(id, [...(this.#batches.get(id) ?? []), batch]);
  }

  /** Keeps an answer that belongs to a batch; false when it does not. */
  hold(id: RequestId | undefined, answer: object): boolean {
    const batch = id === undefined ? undefined : this.#batches.get(id)?.[0];
    batch?.answers.push(answer);
    return batch !== undefined;
  }

  /** A request is answered, or was cancelled. Returns the answers of its batch when it was the last, and there are any. */
  finish(id: RequestId): readonly object[] | undefined {
    const [batch, ...others] = this.#batches.get(id) ?? [];
    if (batch === undefined) return undefined;
    if (others.length > 0) this.#batches.set(id, others);
    else this.#batches.delete(id);
    batch.waiting -= 1;
    return batch.waiting === 0 && batch.answers.length > 0 ? batch.answers : undefined;
  }
}
