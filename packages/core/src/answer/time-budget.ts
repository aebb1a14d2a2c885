import { VisionError } from '@h2ovl/contract';

/** The time that work may take. */
export interface TimeBudget {
  /** Aborted when the time is over; never without a limit. */
  readonly signal: AbortSignal;
  /** The work has ended. */
  readonly stop: () => void;
}

/** Longest time that a timer takes; longer ones would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** Starts counting. */
export function startTimeBudget(ms: number | undefined): TimeBudget {
  const controller = new AbortController();
  if (ms === undefined || ms > longestTimer) return { signal: controller.signal, stop: () => {} };
  const timer = setTimeout(() => controller.abort(new DOMException('The time for the answer is over.', 'TimeoutError')), ms);
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

/** @throws VisionError INVALID_ARGUMENT for a budget that is no time */
export function checkBudget(ms: unknown, name = 'budgetMs'): void {
  if (ms === undefined || (typeof ms === 'number' && Number.isFinite(ms) && ms > 0)) return;
  throw new VisionError(
    'INVALID_ARGUMENT',
    `${name} is ${typeof ms === 'number' ? ms : typeof ms}; it must be a number of milliseconds above 0.`,
    {
      hint: `Leave ${name} out for its default.`,
      param: name,
    },
  );
}
