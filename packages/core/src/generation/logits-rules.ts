import { findBestToken } from './sampler.ts';
import { selectTop } from './select-top.ts';

/** Changes the logits before the pick, and hears what was picked. */
export interface LogitsRule {
  /** Changes logits [vocabulary] in place. -Infinity excludes a token. */
  readonly apply: (logits: Float32Array) => void;
  /** Whether the token with the largest logit would still be that after `apply`; absent when only the logits can tell. */
  readonly keepsBest?: (best: number) => boolean;
  /** Told of each picked token, in order. */
  readonly accept: (token: number) => void;
}

/** Which tokens may come next, decided from outside. `constraints/constraint` fits it. */
export interface TokenMask {
  /** One bit per token, bit `id % 32` of word `id / 32`, 1 = allowed. Ids beyond its end are excluded. It is read and not kept. */
  mask(): Uint32Array;
  /** Told of each picked token, in order. */
  accept(token: number): void;
}

/**
 * Makes tokens that occurred, in the prompt or in the answer, less likely: a positive logit is divided by `penalty`, a negative one multiplied,
 * once per token however often it occurred (as in Hugging Face transformers).
 *
 * @param penalty above 0; 1 changes nothing, below 1 favours repetition.
 */
export function repetitionPenalty(penalty: number, promptTokens: readonly number[]): LogitsRule {
  const seen = new Set(promptTokens);
  return {
    apply(logits) {
      for (const token of seen) {
        const logit = logits[token];
        if (logit !== undefined) logits[token] = logit > 0 ? logit / penalty : logit * penalty;
      }
    },
    accept(token) {
      seen.add(token);
    },
  };
}

const blankCandidates = 30; // the original `ocr()` walks its 30 best tokens
const blankLogit = -1e8; // low enough never to win, yet above an exclusion: if only blanks are allowed, one still comes

/**
 * Ends runs of blanks on forms and tables, as the original `ocr()` does: when at least two tokens were picked, the last is blank and the
 * best one now is the same token, the blank ones among the 30 best are put down, from the best on, until the first that is not blank.
 *
 * @param isBlank whether a token's text is white space only.
 */
export function endBlankRuns(isBlank: (token: number) => boolean): LogitsRule {
  let picked = 0;
  let last = -1;
  return {
    keepsBest: (best) => picked < 2 || best !== last || !isBlank(last),
    apply(logits) {
      if (picked < 2 || !isBlank(last) || findBestToken(logits) !== last) return;
      for (const token of rankBest(logits, blankCandidates)) {
        if (!isBlank(token)) break;
        logits[token] = blankLogit;
      }
    },
    accept(token) {
      picked += 1;
      last = token;
    },
  };
}

/** Excludes what the mask does not allow. A mask mostly excludes nearly all or nearly nothing, so it is read in runs of equal words. */
export function followMask(mask: TokenMask): LogitsRule {
  return {
    keepsBest: (best) => (((mask.mask()[best >>> 5] ?? 0) >>> (best & 31)) & 1) === 1,
    apply(logits) {
      const words = mask.mask();
      const count = Math.ceil(logits.length / 32);
      for (let word = 0; word < count; word += 1) {
        const bits = words[word] ?? 0;
        if (bits === 0) {
          const start = word * 32;
          while (word + 1 < count && (words[word + 1] ?? 0) === 0) word += 1;
          logits.fill(Number.NEGATIVE_INFINITY, start, (word + 1) * 32);
          continue;
        }
        for (let excluded = ~bits; excluded !== 0; excluded &= excluded - 1) {
          const token = word * 32 + (31 - Math.clz32(excluded & -excluded));
          if (token < logits.length) logits[token] = Number.NEGATIVE_INFINITY;
        }
      }
    },
    accept(token) {
      mask.accept(token);
    },
  };
}

/** Ids of the `count` largest logits, best first, the lower id first on ties. */
function rankBest(logits: Float32Array, count: number): number[] {
  const ids = Uint32Array.from(logits, (_, id) => id);
  const kept = selectTop({ ids, count: ids.length, keys: logits }, 'count', count);
  return [...ids.subarray(0, kept)].sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
}
