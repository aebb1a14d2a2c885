/** A signal of our own that also follows others. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts the own signal; without effect when it is aborted already. The parents are left alone. */
  readonly abort: (reason: unknown) => void;
  /** Stops following. Idempotent. */
  readonly release: () => void;
}

/**
 * A signal that is aborted with the reason of the first parent that is, untouched, or by its own `abort`.
 * Written out because `AbortSignal.any` keeps its result alive as long as a parent: a server's one signal would collect every request.
 */
export function linkSignal(...parents: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const links = parents.flatMap((parent) => (parent ? [{ parent, follow: () => controller.abort(parent.reason) }] : []));
  for (const { parent, follow } of links) {
    if (parent.aborted) follow();
    else parent.addEventListener('abort', follow, { once: true });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const { parent, follow } of links) parent.removeEventListener('abort', follow);
    },
  };
}
