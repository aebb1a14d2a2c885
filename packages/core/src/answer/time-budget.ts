import { VisionError } from '@h2ovl/contract';

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
