import type { MeasureProgress } from '@h2ovl/core';

/** How long each step of a measurement takes: by the clock, and in processor seconds of all threads, which other work on the machine does not lengthen. */
export class StepTimes {
  readonly #steps = new Map<string, { wallMs: number; processorMs: number }>();
  #last = this.#now();
  readonly #started = this.#last;

  /** Counts the time since the last call for the step that is reported. */
  note(progress: MeasureProgress): void {
    const step = progress.type === 'measure' ? progress.step : progress.type;
    const now = this.#now();
    const sums = this.#steps.get(step) ?? { wallMs: 0, processorMs: 0 };
    this.#steps.set(step, {
      wallMs: sums.wallMs + now.wallMs - this.#last.wallMs,
      processorMs: sums.processorMs + now.processorMs - this.#last.processorMs,
    });
    this.#last = now;
  }

  /** E.g. `in all 70 s, processor 120 s; timing 8 s, 14 s; ...`. */
  describe(): string {
    const now = this.#now();
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    const parts = [...this.#steps].map(([step, { wallMs, processorMs }]) => `${step} ${seconds(wallMs)}, ${seconds(processorMs)}`);
    const all = `in all ${seconds(now.wallMs - this.#started.wallMs)}, processor ${seconds(now.processorMs - this.#started.processorMs)}`;
    return [all, ...parts].join('; ');
  }

  #now(): { readonly wallMs: number; readonly processorMs: number } {
    const { user, system } = process.cpuUsage();
    return { wallMs: performance.now(), processorMs: (user + system) / 1000 };
  }
}
