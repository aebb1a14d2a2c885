import type { GenerateResult } from './result.ts';

/** A value of which any part may still be missing. */
export type DeepPartial<T> = T extends readonly (infer U)[]
  ? readonly DeepPartial<U>[]
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** What an answer in work is doing. */
export type GenerationPhase = 'decode-image' | 'encode-image' | 'prefill' | 'generate';

/** How far the work is: `done` of `total` images, tiles, prompt tokens or, in `generate`, output tokens of their limit. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly phase: GenerationPhase;
  readonly done: number;
  readonly total: number;
}

/** One step of an answer, in the order it happens; `finish` is the last. */
export type GenerationEvent<T = undefined> =
  | ProgressEvent
  | { readonly type: 'text-delta'; readonly delta: string }
  /** The object as far as it is known; unchecked before `finish`. */
  | { readonly type: 'object-delta'; readonly partial: DeepPartial<T> }
  | { readonly type: 'finish'; readonly result: GenerateResult<T> };
