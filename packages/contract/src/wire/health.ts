import { toCount, toRecord, toText } from './read-values.ts';

/** What a server's model is doing. `idle`: nobody has asked yet. `failed`: the last load failed; the next question tries again. */
export type ModelStatus = 'idle' | 'loading' | 'ready' | 'failed';

/** Answer of `GET /health`: 200 in every state, since the process lives. Without the token that a server asks for, only the status. */
export interface Health {
  readonly status: ModelStatus;
  /** The model's id, once known. */
  readonly model?: string;
  readonly queue: { readonly running: number; readonly waiting: number; readonly limit: number };
}

const modelStatuses: readonly Health['status'][] = ['idle', 'loading', 'ready', 'failed'];

/** The body of `GET /health`; undefined when the body is something else. */
export function readHealth(body: unknown): Health | undefined {
  const health = toRecord(body);
  const status = modelStatuses.find((known) => known === health?.status);
  if (health === undefined || status === undefined) return undefined;
  const queue = toRecord(health.queue);
  const model = toText(health.model);
  return {
    status,
    ...(model === undefined ? {} : { model }),
    queue: { running: toCount(queue?.running), waiting: toCount(queue?.waiting), limit: toCount(queue?.limit) },
  };
}
