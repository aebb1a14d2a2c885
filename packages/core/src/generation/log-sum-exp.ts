/** Below the largest logit by more than this, 32,000 tokens together change the result by less than 0.004. */
const negligible = -16;

/** The logarithm of the sum of exp(logit) over all logits [vocabulary]; a token's log-probability is its logit less this. One pass for the largest, one for the sum. */
export function logSumExp(logits: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < logits.length; token += 1) {
    const logit = logits[token] as number;
    if (logit > largest) largest = logit;
  }
  let sum = 0;
  for (let token = 0; token < logits.length; token += 1) {
    const below = (logits[token] as number) - largest;
    if (below > negligible) sum += Math.exp(below);
  }
  return largest + Math.log(sum);
}
