import { Script } from 'node:vm';

/** Thrown by `runWithDeadline`; its caller says what took so long. */
export class DeadlineError extends Error {
  constructor(timeoutMs: number) {
    super(`The work took longer than ${timeoutMs} ms.`);
    this.name = 'DeadlineError';
  }
}

const call = new Script('run()');

/**
 * Runs synchronous work and ends it by force when it takes too long, even inside one catastrophic regular expression.
 * V8's watchdog for scripts does it: the work keeps its own scope, only its call goes through a fresh context (about 1 ms).
 */
export function runWithDeadline<T>(run: () => T, timeoutMs: number): T {
  const outcome: { value?: { readonly of: T } } = {};
  try {
    const keep = (): void => {
      outcome.value = { of: run() };
    };
    call.runInNewContext({ run: keep }, { timeout: timeoutMs });
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new DeadlineError(timeoutMs);
    throw error;
  }
  return (outcome.value as { readonly of: T }).of; // the call came back without an error, so it is there
}
