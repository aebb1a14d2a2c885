import { VisionError } from '@h2ovl/contract';
import { BrokenNumbersError } from '../runtime/device-error.ts';
import { selectTop } from './select-top.ts';

/** How to choose among the logits. */
export interface SamplerOptions {
  /** 0 takes the best token always; larger values flatten the odds. */
  readonly temperature: number;
  /** Only the best so many tokens take part; `Infinity` for all. */
  readonly topK: number;
  /** Only the fewest best tokens whose odds sum up to this take part; 1 for all. */
  readonly topP: number;
  /** Uniform numbers in [0, 1); not called in greedy mode. */
  readonly random: () => number;
}

// exp(-46) is 1e-20: 32,000 such tokens together are less than one rounding step of the sum.
const negligibleExponent = -46;

/**
 * A function from logits [vocabulary] to a token id. Greedy (temperature 0 or topK 1): the largest logit, the lowest id on ties.
 * Otherwise temperature, then top-k, then top-p, then one draw over the tokens left. Its buffers are made once and used again at each call.
 * It throws `SESSION_FAILED` when a logit is NaN or +Infinity, or when every token is excluded.
 */
export function createSampler({ temperature, topK, topP, random }: SamplerOptions): (logits: Float32Array) => number {
  if (temperature === 0 || topK === 1) return findBestToken;
  let weights = new Float64Array(0);
  let ids = new Uint32Array(0);
  return (logits) => {
    if (weights.length !== logits.length) {
      weights = new Float64Array(logits.length);
      ids = new Uint32Array(logits.length);
    }
    const largest = logits[findBestToken(logits)] as number;
    const hasTopK = topK < logits.length;
    const kept = hasTopK
      ? weighTop(logits, { weights, ids, largest, temperature, topK })
      : weighAll(logits, { weights, largest, temperature });
    if (topP < 1) keepNucleus(weights, ids, hasTopK ? kept : undefined, topP);
    return draw(weights, random());
  };
}

/** Id of the largest logit, the lowest on ties. Throws `SESSION_FAILED` on NaN, on +Infinity, and when all are -Infinity. */
export function findBestToken(logits: Float32Array): number {
  let best = -1;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id += 1) {
    const value = logits[id] as number;
    if (value <= bestValue) continue;
    // Only a larger value or NaN arrives here.
    if (!(value < Number.POSITIVE_INFINITY)) throw brokenLogit(value, id, logits.length);
    best = id;
    bestValue = value;
  }
  if (best >= 0) return best;
  throw new VisionError('SESSION_FAILED', `All ${logits.length} tokens are excluded: there is nothing left to choose.`, {
    hint: 'Ban fewer tokens; if a schema is enforced, it allows no continuation here.',
  });
}

function brokenLogit(value: number, id: number, count: number): BrokenNumbersError {
  return new BrokenNumbersError(`The model computed ${value} for token ${id} of ${count}: its numbers broke down.`, {
    hint: 'Verify the files of the converted model, or convert the checkpoint again with a higher precision.',
  });
}

interface WeighAll {
  readonly weights: Float64Array;
  readonly largest: number;
  readonly temperature: number;
}

/** weights[id] = exp((logit - largest) / temperature) for every id. */
function weighAll(logits: Float32Array, { weights, largest, temperature }: WeighAll): number {
  for (let id = 0; id < logits.length; id += 1) {
    const exponent = ((logits[id] as number) - largest) / temperature;
    weights[id] = exponent < negligibleExponent ? 0 : Math.exp(exponent);
  }
  return logits.length;
}

/** The same for the `topK` best, 0 for the others; their ids come to the front of `ids`. Returns how many they are. */
function weighTop(
  logits: Float32Array,
  { weights, ids, largest, temperature, topK }: WeighAll & { readonly ids: Uint32Array; readonly topK: number },
): number {
  for (let id = 0; id < ids.length; id += 1) ids[id] = id;
  const kept = selectTop({ ids, count: ids.length, keys: logits }, 'count', topK);
  weights.fill(0);
  for (let place = 0; place < kept; place += 1) {
    const id = ids[place] as number;
    weights[id] = Math.exp(((logits[id] as number) - largest) / temperature);
  }
  return kept;
}

/** Sets the weight of all tokens outside the nucleus to 0. `ranked` ids at the front of `ids` are the candidates; undefined: all tokens. */
function keepNucleus(weights: Float64Array, ids: Uint32Array, ranked: number | undefined, topP: number): void {
  const total = sum(weights);
  const count = ranked ?? collectLikely(weights, ids, (total * (1 - topP)) / weights.length);
  const kept = selectTop({ ids, count, keys: weights }, 'keys', total * topP);
  for (let place = kept; place < count; place += 1) weights[ids[place] as number] = 0;
}

/** Tokens under the floor all together weigh less than what top-p leaves out, so none of them can be needed: they go without ranking. */
function collectLikely(weights: Float64Array, ids: Uint32Array, floor: number): number {
  let count = 0;
  for (let id = 0; id < weights.length; id += 1) {
    if ((weights[id] as number) < floor) {
      weights[id] = 0;
    } else {
      ids[count] = id;
      count += 1;
    }
  }
  return count;
}

function draw(weights: Float64Array, uniform: number): number {
  let left = uniform * sum(weights);
  let last = 0;
  for (let id = 0; id < weights.length; id += 1) {
    const weight = weights[id] as number;
    if (weight === 0) continue;
    left -= weight;
    if (left < 0) return id;
    last = id;
  }
  return last; // rounding may leave a remainder of one bit
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let index = 0; index < values.length; index += 1) total += values[index] as number;
  return total;
}
