import type { Constraint } from '../constraints/constraint.ts';
import type { DecodeRules } from './decode-loop.ts';
import type { BestToken } from './decoder-port.ts';
import type { ForcedChoices } from './forced-choices.ts';
import { createForcedText, type ForcedTextTokenizer } from './forced-text.ts';
import { logSumExp } from './log-sum-exp.ts';
import { endBlankRuns, followMask, type LogitsRule, repetitionPenalty } from './logits-rules.ts';
import { createSampler } from './sampler.ts';
import type { ResolvedSampling } from './sampling-options.ts';
import { createSeededRandom } from './seeded-random.ts';
import { createStopRules } from './stop-rules.ts';

/** What one answer is held to. */
export interface HeldAnswer {
  readonly of: Constraint;
  readonly tokenizer: ForcedTextTokenizer;
  /** Told where the constraint decided against the model. */
  readonly choices?: ForcedChoices | undefined;
}

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
  readonly constraint?: HeldAnswer | undefined;
}

/** The rules of one answer, with its own state: make new ones for each. Order: penalty, blanks, constraint, then the pick. */
export function createDecodeRules(options: DecodeRulesOptions): DecodeRules {
  const { sampling, endTokens, promptTokens = [], isBlank, constraint } = options;
  const rules: LogitsRule[] = [];
  if (sampling.repetitionPenalty !== 1) rules.push(repetitionPenalty(sampling.repetitionPenalty, promptTokens));
  if (sampling.endBlankRuns) rules.push(endBlankRuns(isBlank));
  const forced = constraint === undefined ? undefined : createForcedText(constraint.of, constraint.tokenizer);
  const choices = constraint?.choices;
  const free = [...rules]; // these hear of forced tokens too; the constraint gave them
  const held = constraint === undefined ? undefined : followMask(constraint.of);
  if (held !== undefined) rules.push(held);
  const sample = createSampler({ ...sampling, random: createSeededRandom(sampling.seed) });
  const accept = (token: number): void => {
    for (const rule of rules) rule.accept(token);
    forced?.accept(token);
    choices?.accept(token);
  };
  const logProbabilities: number[] = [];
  let plain = new Float32Array(0); // the logits before any rule changes them
  const pickBest = ({ token: best, logit, logSumExp: sum }: BestToken): number | undefined => {
    if (!rules.every((rule) => rule.keepsBest?.(best))) return undefined;
    logProbabilities.push(logit - sum);
    accept(best);
    return best;
  };
  const isGreedy = sampling.temperature === 0 || sampling.topK === 1;
  return {
    ...createStopRules(endTokens, sampling.maxOutputTokens),
    pickBest: isGreedy && rules.every((rule) => rule.keepsBest !== undefined) ? pickBest : undefined,
    logProbabilities,
    pick(logits) {
      const sum = logSumExp(logits);
      if (plain.length !== logits.length) plain = new Float32Array(logits.length);
      plain.set(logits);
      for (const rule of free) rule.apply(logits);
      if (constraint !== undefined) choices?.hear(logits, constraint.of.mask());
      held?.apply(logits);
      const token = sample(logits);
      logProbabilities.push((plain[token] as number) - sum);
      accept(token);
      return token;
    },
    follow() {
      // The comma behind a number may have been meant as its decimal point: what the model would write after it tells.
      const mask = choices?.endsWithComma ? constraint?.of.mask() : undefined;
      const at = choices?.length;
      const tokens = forced?.take() ?? [];
      for (const token of tokens) {
        logProbabilities.push(Number.NaN);
        for (const rule of free) rule.accept(token);
        choices?.accept(token);
      }
      const isEnd = constraint?.of.isFinished === true;
      return { tokens, isEnd, ...(mask && { hear: (logits: Float32Array) => choices?.hear(logits, mask, at) }) };
    },
  };
}
