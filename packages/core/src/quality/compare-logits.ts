/** How two models see one position, given the same text before it. */
export interface PositionComparison {
  /** Both put the same token first. */
  readonly agrees: boolean;
  /** Kullback-Leibler divergence of the candidate's next-token distribution from the reference's, nats, >= 0. */
  readonly divergence: number;
  /** Logit difference of the reference's two best tokens: how clear its choice was. */
  readonly referenceMargin: number;
  /** Negative log probability of the token that follows in the text, nats. */
  readonly referenceLoss: number;
  readonly candidateLoss: number;
}

/** Compares logits [vocabulary] of one position; `target` is the id that follows in the text. */
export function compareLogits(reference: Float32Array, candidate: Float32Array, target: number): PositionComparison {
  const [best, margin] = bestTwo(reference);
  const referenceNormalizer = logSumExp(reference);
  const candidateNormalizer = logSumExp(candidate);
  let divergence = 0;
  for (let id = 0; id < reference.length; id += 1) {
    const referenceLog = (reference[id] as number) - referenceNormalizer;
    divergence += Math.exp(referenceLog) * (referenceLog - ((candidate[id] as number) - candidateNormalizer));
  }
  return {
    agrees: bestTwo(candidate)[0] === best,
    divergence: Math.max(0, divergence), // rounding can leave -1e-17
    referenceMargin: margin,
    referenceLoss: referenceNormalizer - (reference[target] as number),
    candidateLoss: candidateNormalizer - (candidate[target] as number),
  };
}

/** Id of the largest logit (the first of equals, as greedy decoding takes it) and its lead over the second. */
export function bestTwo(logits: Float32Array): readonly [best: number, margin: number] {
  let best = 0;
  let second = Number.NEGATIVE_INFINITY;
  for (let id = 1; id < logits.length; id += 1) {
    const value = logits[id] as number;
    if (value > (logits[best] as number)) {
      second = logits[best] as number;
      best = id;
    } else if (value > second) second = value;
  }
  return [best, (logits[best] as number) - second];
}

/** Of a whole distribution: what is taken from a logit to get its log probability. */
export function logSumExp(logits: Float32Array): number {
  const largest = logits[bestTwo(logits)[0]] as number;
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
