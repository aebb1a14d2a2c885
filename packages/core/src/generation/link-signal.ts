/** A signal of our own that also follows the caller's. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts the own signal; without effect when it is aborted already. The caller's signal is left alone. */
  readonly abort: (reason: unknown) => void;
  /** Stops following the caller's signal. Idempotent. */
  readonly release: () => void;
}

/**
 * A signal that is aborted with the parent's reason, untouched, or by its own `abort`.
 * Written out because `AbortSignal.any` keeps its result alive as long as the parent: a server's one signal would collect every request.
 */
export function linkSignal(parent: AbortSignal | undefined): LinkedSignal {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent?.removeEventListener('abort', follow),
  };
}
