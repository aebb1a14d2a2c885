import { createHash } from 'node:crypto';
import type { ReferenceCase, ReferenceFile } from './reference-file.ts';
import type { Continuation, PreparedCase } from './run-case.ts';
import { tileHashes } from './tile-hashes.ts';

/** One compared stage of a case. */
export interface StageResult {
  readonly stage: string;
  readonly passed: boolean;
  /** What was compared and the largest difference. */
  readonly detail: string;
}

/** How far a run may be from the reference. */
export interface Tolerance {
  /** Largest difference, as a part of the largest absolute value of the reference. */
  readonly values: number;
  /** Greedy tokens must be the reference's as long as its two best logits are this far apart; 0: always. */
  readonly margin: number;
}

/** What float32 arithmetic in another order gives. */
export const float32Tolerance: Tolerance = { values: 1e-3, margin: 0 };

/** Compares what comes before the language model with what PyTorch and Pillow made. */
export function comparePrepared(
  file: ReferenceFile,
  name: string,
  run: PreparedCase,
  { values }: Tolerance = float32Tolerance,
): readonly StageResult[] {
  const reference = file.cases[name] as ReferenceCase;
  const results = [compareTiles(reference, run, file.config.use_msac === true), comparePrompt(reference, run)];
  return reference.images.length > 0 ? [...results, compareFeatures(file, name, { reference, run, values })] : results;
}

/** Compares what the language model made with what PyTorch made. */
export function compareContinuation(
  file: ReferenceFile,
  name: string,
  run: Continuation,
  tolerance: Tolerance = float32Tolerance,
): readonly StageResult[] {
  const reference = file.cases[name] as ReferenceCase;
  const tokens = compareTokens(reference, run, tolerance.margin);
  const first = compareValues('logits after prefill', file.tensors.get(`${name}.first_logits`), run.firstLogits, tolerance.values);
  // After another token the logits are those of another text.
  const isSame = isEqual(run.tokens, reference.generated);
  const last = compareValues('last logits', file.tensors.get(`${name}.last_logits`), run.lastLogits, tolerance.values);
  return isSame ? [first, tokens, last] : [first, tokens];
}

function compareTiles(reference: ReferenceCase, run: PreparedCase, usesMsac: boolean): StageResult {
  const mode = usesMsac && reference.images.length === 1 ? 'msac' : 'single';
  let hashed = 0;
  let wrong = 0;
  for (const [index, [width, height]] of reference.images.entries()) {
    const known = tileHashes.find((entry) => entry.width === width && entry.height === height && entry.mode === mode);
    if (!known) continue;
    hashed += 1;
    if (known.hashes !== run.tileHashes[index]?.join(' ')) wrong += 1;
  }
  const same = isEqual(run.tileCounts, reference.tiles);
  const counts = `[${run.tileCounts.join(', ')}]${same ? '' : ` instead of [${reference.tiles.join(', ')}]`}`;
  return { stage: 'tiles', passed: same && wrong === 0, detail: `${counts}, hashes of ${hashed} images checked, ${wrong} differ` };
}

function comparePrompt(reference: ReferenceCase, run: PreparedCase): StageResult {
  const { promptIds } = run;
  // The hash is over the list as Python's json module writes it.
  const sha256 = createHash('sha256')
    .update(`[${promptIds.join(', ')}]`)
    .digest('hex');
  const passed =
    sha256 === reference.prompt_ids_sha256 &&
    promptIds.length === reference.prompt_length &&
    isEqual(promptIds.slice(0, reference.prompt_head.length), reference.prompt_head) &&
    isEqual(promptIds.slice(-reference.prompt_tail.length), reference.prompt_tail);
  return {
    stage: 'prompt ids',
    passed,
    detail: passed ? `${promptIds.length} identical` : `${promptIds.length} of ${reference.prompt_length}, different`,
  };
}

function compareFeatures(
  file: ReferenceFile,
  name: string,
  { reference, run, values }: { readonly reference: ReferenceCase; readonly run: PreparedCase; readonly values: number },
): StageResult {
  const first = compareValues('', file.tensors.get(`${name}.image_features_first_tile`), run.features[0], values);
  const last = compareValues('', file.tensors.get(`${name}.image_features_last_tile`), run.features.at(-1), values);
  const norms = reference.image_features_norm ?? [];
  const worstNorm = norms.reduce((worst, norm, tile) => Math.max(worst, Math.abs(normOf(run.features[tile]) - norm) / norm), 0);
  const passed = first.passed && last.passed && norms.length === run.features.length && worstNorm <= values;
  const detail = `first ${first.detail}; last ${last.detail}; norms of ${norms.length} tiles within ${worstNorm.toExponential(1)}`;
  return { stage: 'tile features', passed, detail };
}

/** Largest difference of two lists, against the largest value of the first. */
export function compareValues(
  stage: string,
  expected: Float32Array | undefined,
  actual: Float32Array | undefined,
  tolerance: number = float32Tolerance.values,
): StageResult {
  if (!expected || !actual) return { stage, passed: false, detail: 'missing' };
  if (expected.length !== actual.length) return { stage, passed: false, detail: `${actual.length} values instead of ${expected.length}` };
  let largest = 0;
  let difference = 0;
  for (const [i, value] of expected.entries()) {
    largest = Math.max(largest, Math.abs(value));
    const apart = Math.abs(value - (actual[i] as number));
    difference = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(difference, apart);
  }
  const part = difference / largest;
  return {
    stage,
    passed: part <= tolerance,
    detail: `max |diff| ${difference.toExponential(1)} = ${part.toExponential(1)} of the largest`,
  };
}

function compareTokens(reference: ReferenceCase, run: Continuation, margin: number): StageResult {
  const isSame = isEqual(run.tokens, reference.generated);
  // The smallest margin on the way is what is known of a case: below the tolerance, rounding may choose the other token.
  const passed = isSame || reference.smallest_top2_margin < margin;
  const at = run.tokens.findIndex((token, index) => token !== reference.generated[index]);
  const detail = isSame
    ? `${run.tokens.length} identical (smallest margin ${reference.smallest_top2_margin.toExponential(1)})`
    : `different from token ${at < 0 ? run.tokens.length : at} on (smallest margin ${reference.smallest_top2_margin.toExponential(1)})`;
  return { stage: 'greedy tokens', passed, detail };
}

function normOf(values: Float32Array | undefined): number {
  let sum = 0;
  for (const value of values ?? []) sum += value * value;
  return Math.sqrt(sum);
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
