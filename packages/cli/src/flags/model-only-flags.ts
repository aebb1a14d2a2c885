import type { ReadMode } from '@h2ovl/core';
import { UsageError } from '../usage-error.ts';

/** Flags of `read` that choose the model, by the names that commander gives them. What the environment says is for all commands, and refused by none. */
const modelChoice = { model: '--model', precision: '--precision', threads: '--threads', device: '--device' } as const;

/** Flags of `read` that nobody but a model heeds. */
export const modelOnly = {
  tiles: '--tiles',
  rotate: '--rotate',
  instruction: '--instruction',
  system: '--system',
  maxTokens: '--max-tokens',
  temperature: '--temperature',
  topP: '--top-p',
  topK: '--top-k',
  seed: '--seed',
  repetitionPenalty: '--repetition-penalty',
  stop: '--stop',
  timeout: '--timeout',
  readBlank: '--read-blank',
  support: '--support',
} as const;

/** Values that leave the choice open, or want something left out, hold without a model, too. */
const asksNothing: readonly unknown[] = [undefined, false, 'auto'];

type Flags = { readonly [K in keyof typeof modelOnly | keyof typeof modelChoice]?: unknown } & {
  readonly mode?: ReadMode;
  readonly compare?: true;
};

/** Refuses flags that could have no effect, because the mode asks no model. @throws UsageError */
export function refuseModelFlags({ mode = 'auto', compare, ...flags }: Flags): void {
  if (mode !== 'lines' && (mode !== 'text' || compare === true)) return;
  if (compare === true) throw new UsageError(`--compare sets the model beside the text of the file; leave --mode ${mode} out.`);
  const given = (name: string): boolean => !asksNothing.includes(flags[name as keyof typeof flags]);
  for (const [name, flag] of Object.entries(modelChoice)) {
    if (given(name)) throw new UsageError(`${flag} says which model reads, and how. --mode ${mode} asks none; leave one of the two out.`);
  }
  for (const [name, flag] of Object.entries(modelOnly)) {
    if (given(name)) throw new UsageError(`${flag} is for the model, and --mode ${mode} asks none.`);
  }
}
