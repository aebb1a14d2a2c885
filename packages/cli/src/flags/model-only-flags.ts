import type { ReadMode } from '@h2ovl/core';
import { UsageError } from '../usage-error.ts';

/** Flags of `read` that nobody but a model heeds, by the names that commander gives them. */
const modelOnly = {
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

type Flags = { readonly [K in keyof typeof modelOnly]?: unknown } & { readonly mode?: ReadMode; readonly compare?: true };

/** Refuses flags that could have no effect, because the mode asks no model. @throws UsageError */
export function refuseModelFlags({ mode = 'auto', compare, ...flags }: Flags): void {
  if (mode !== 'lines' && (mode !== 'text' || compare === true)) return;
  if (compare === true) throw new UsageError(`--compare sets the model beside the text of the file; leave --mode ${mode} out.`);
  for (const [name, flag] of Object.entries(modelOnly)) {
    if (asksNothing.includes(flags[name as keyof typeof modelOnly])) continue;
    throw new UsageError(`${flag} is for the model, and --mode ${mode} asks none.`);
  }
}
