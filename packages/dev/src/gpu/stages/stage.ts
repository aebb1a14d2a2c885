import type { GraphForm } from '@h2ovl/core/internal/model-files/manifest';
import type { TrialModel, TrialPlaces, TrialSize, TrialVariant } from '../sizes.ts';

/** What a stage is given, as JSON on its command line's place: in the environment. */
export interface StageInput {
  readonly places: TrialPlaces;
  readonly size: TrialSize;
  readonly model?: TrialModel;
  readonly variant?: TrialVariant;
  /** What the stage `device` found; undefined in that stage. */
  readonly form?: GraphForm;
}

/** Numbers of a stage under a name, kept for the summary and printed as they come. */
export type Report = (name: string, value: unknown) => void;

export type Stage = (input: StageInput, report: Report) => Promise<void>;

/** Milliseconds of some work, rounded to hundredths. */
export async function timeMs<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: round(performance.now() - started), value };
}

export const round = (value: number): number => Math.round(value * 100) / 100;

/** Work that is timed `count` times, the first time apart: it compiles shaders. */
export async function sampleMs(count: number, work: () => Promise<unknown>): Promise<{ firstMs: number; medianMs: number; minMs: number }> {
  const firstMs = (await timeMs(work)).ms;
  const samples: number[] = [];
  for (let i = 0; i < count; i += 1) samples.push((await timeMs(work)).ms);
  samples.sort((a, b) => a - b);
  return { firstMs, medianMs: samples[count >> 1] as number, minMs: samples[0] as number };
}
