import type { Constraint } from '../constraints/constraint.ts';
import type { DecodeRules } from './decode-loop.ts';
import { createForcedText, type ForcedTextTokenizer } from './forced-text.ts';
import { endBlankRuns, followMask, type LogitsRule, repetitionPenalty } from './logits-rules.ts';
import { createSampler } from './sampler.ts';
import type { ResolvedSampling } from './sampling-options.ts';
import { createSeededRandom } from './seeded-random.ts';
import { createStopRules } from './stop-rules.ts';

/** What decides over one answer's tokens. */
export interface DecodeRulesOptions {
  readonly sampling: ResolvedSampling;
  /** Ids that end an answer, at least one. */
  readonly endTokens: readonly number[];
  /** Ids of the prompt, for the repetition penalty. */
  readonly promptTokens?: readonly number[];
  /** Whether a token's text is white space only: for `endBlankRuns`. */
  readonly isBlank: (token: number) => boolean;
  /** Limits each step to the tokens it allows, and gives those that leave no choice. */
  readonly constraint?: { readonly of: Constraint; readonly tokenizer: ForcedTextTokenizer } | undefined;
}

/** The rules of one answer, with its own state: make new ones for each. Order: penalty, blanks, constraint, then the pick. */
export function createDecodeRules(options: DecodeRulesOptions): DecodeRules {
  const { sampling, endTokens, promptTokens = [], isBlank, constraint } = options;
  const rules: LogitsRule[] = [];
  if (sampling.repetitionPenalty !== 1) rules.push(repetitionPenalty(sampling.repetitionPenalty, promptTokens));
  if (sampling.endBlankRuns) rules.push(endBlankRuns(isBlank));
  const forced = constraint === undefined ? undefined : createForcedText(constraint.of, constraint.tokenizer);
  const free = [...rules]; // these hear of forced tokens too; the constraint gave them
  if (constraint !== undefined) rules.push(followMask(constraint.of));
  const sample = createSampler({ ...sampling, random: createSeededRandom(sampling.seed) });
  const accept = (token: number): void => {
    for (const rule of rules) rule.accept(token);
    forced?.accept(token);
  };
  const pickBest = (best: number): number | undefined => {
    if (!rules.every((rule) => rule.keepsBest?.(best))) return undefined;
    accept(best);
    return best;
  };
  const isGreedy = sampling.temperature === 0 || sampling.topK === 1;
  return {
    ...createStopRules(endTokens, sampling.maxOutputTokens),
    pickBest: isGreedy && rules.every((rule) => rule.keepsBest !== undefined) ? pickBest : undefined,
    pick(logits) {
      for (const rule of rules) rule.apply(logits);
      const token = sample(logits);
      accept(token);
      return token;
    },
    follow() {
      const tokens = forced?.take() ?? [];
      for (const token of tokens) for (const rule of free) rule.accept(token);
      return { tokens, isEnd: constraint?.of.isFinished === true };
    },
  };
}
