import type { GenerationPhase, ProgressEvent } from '@h2ovl/contract';

/**
 * Runs work that reports by callback and yields its reports as events while it runs; returns what the work returns.
 * A consumer that leaves early makes `cancel` be called, and the generator ends when the work has: nothing runs on behind its back.
 */
export async function* relayProgress<T>(
  phase: GenerationPhase,
  start: (report: (done: number, total: number) => void) => Promise<T>,
  cancel: () => void,
): AsyncGenerator<ProgressEvent, T, void> {
  const reported: ProgressEvent[] = [];
  const state = { isSettled: false, wake: (): void => {} };
  const work = start((done, total) => {
    reported.push({ type: 'progress', phase, done, total });
    state.wake();
  });
  const settled = work.then(
    () => settle(state),
    () => settle(state), // the error itself is thrown by `await work` below
  );
  try {
    for (;;) {
      for (let event = reported.shift(); event !== undefined; event = reported.shift()) yield event;
      if (state.isSettled) break;
      await new Promise<void>((resolve) => {
        state.wake = resolve;
      });
    }
  } finally {
    if (!state.isSettled) cancel();
    await settled;
  }
  return await work;
}

function settle(state: { isSettled: boolean; wake: () => void }): void {
  state.isSettled = true;
  state.wake();
}
