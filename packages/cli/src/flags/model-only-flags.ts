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

/** Refuses flags that could have no effect, because no model is asked: the mode asks none, or leaves it open and none was chosen. @throws UsageError */
export function refuseModelFlags({ mode = 'auto', compare, ...flags }: Flags, isModelChosen: boolean): void {
  const isNoneChosen = mode === 'auto' && !isModelChosen;
  if (compare === true && mode === 'lines')
    throw new UsageError('--compare sets the model beside the text of the file; leave --mode lines out.');
  if (compare === true || !(mode === 'lines' || mode === 'text' || isNoneChosen)) return;
  const given = (name: string): boolean => !asksNothing.includes(flags[name as keyof typeof flags]);
  const choose = 'none was chosen, so lines are read. Pass --model 0.8b, say (or set H2OVL_MODEL).';
  for (const [name, flag] of Object.entries(modelChoice)) {
    if (!given(name)) continue;
    throw new UsageError(
      isNoneChosen
        ? `${flag} says how a model reads, and ${choose}`
        : `${flag} says which model reads, and how. --mode ${mode} asks none; leave one of the two out.`,
    );
  }
  for (const [name, flag] of Object.entries(modelOnly)) {
    if (given(name)) throw new UsageError(`${flag} is for the model, and ${isNoneChosen ? choose : `--mode ${mode} asks none.`}`);
  }
}
