import type { TowerMatrix } from '../../convert/tower.ts';
import type { MatrixForm, Smoothing, VisionPlan } from '../../model-files/vision-plan.ts';

/** What is known of a matrix before forms of it are tried. */
export interface ObservedMatrix {
  readonly matrix: TowerMatrix;
  /** [columns]: the largest magnitude of each input channel, over the tokens of all tiles. */
  readonly inputs: readonly number[];
  /** [columns]: the largest magnitude of each column of the matrix. */
  readonly weights: readonly number[];
}

/** A channel is moved when it stands out from the others by this many doublings: smaller differences cost the weights what they give the inputs. */
const leastExponent = 2;
const mostExponent = 16;

/**
 * Which powers of two move from input channels into the matrix: half of what a channel's largest input stands out from its weights, as compared with the
 * middle channel, so that neither side keeps a column that decides the scale of all others.
 */
export function chooseSmoothing({ matrix, inputs, weights }: ObservedMatrix): Smoothing {
  if (!matrix.canSmooth) return [];
  const ratios = inputs.map((input, channel) => Math.log2(Math.max(input, tiny) / Math.max(weights[channel] as number, tiny)) / 2);
  const middle = median(ratios);
  return ratios.flatMap((ratio, channel): Smoothing => {
    if (inputs[channel] === 0 || weights[channel] === 0) return []; // nothing goes in, or nothing comes of it
    const exponent = Math.max(-mostExponent, Math.min(mostExponent, Math.round(ratio - middle)));
    return Math.abs(exponent) < leastExponent ? [] : [[channel, exponent]];
  });
}

const tiny = 1e-20;

/** Columns that may be taken apart: more cost more than they save. */
const apartCounts = [4, 8, 16, 32] as const;
/** Taking columns apart must at least halve the scale of the rest. */
const leastGain = 2;

/** The columns that are worth being multiplied in float32, after smoothing; none where no few columns stand out. */
export function chooseColumnsApart({ inputs, matrix }: ObservedMatrix, smoothing: Smoothing): readonly number[] {
  const exponents = new Map(smoothing);
  const order = inputs
    .map((input, channel) => ({ channel, input: input * 2 ** -(exponents.get(channel) ?? 0) }))
    .sort((a, b) => b.input - a.input);
  const counts = apartCounts.filter((count) => count <= matrix.columns / 8);
  const gain = (count: number): number => (order[0]?.input ?? 0) / Math.max(order[count]?.input ?? 0, tiny);
  const most = Math.max(0, ...counts.map(gain));
  const count = counts.find((candidate) => gain(candidate) >= 0.7 * most);
  if (count === undefined || most < leastGain) return [];
  return order
    .slice(0, count)
    .map(({ channel }) => channel)
    .sort((a, b) => a - b);
}

/** Forms of a matrix that are tried, float32 aside. */
export function listCandidates(apart: readonly number[]): readonly MatrixForm[] {
  const plain = ([1, 2] as const).map((products): MatrixForm => ({ type: 'int8', products, apart: [] }));
  return apart.length === 0 ? plain : [...plain, ...([1, 2] as const).map((products): MatrixForm => ({ type: 'int8', products, apart }))];
}

/** A form of a matrix with what it costs. */
export interface TriedForm {
  readonly form: MatrixForm;
  /** Root of the mean squared relative error of a token's outputs. */
  readonly error: number;
  /** Time as a share of float32's, for matrices of this kind on this processor. */
  readonly time: number;
}

/** By address of the matrix. */
export type TriedForms = Readonly<Record<string, readonly TriedForm[]>>;

/** A form must save this much of float32's time to be worth its error. */
export const mostTime = 0.9;

/** For each matrix the fastest form within the tolerance; float32 where there is none. */
export function chooseForms(tried: TriedForms, tolerance: number): Record<string, MatrixForm> {
  return Object.fromEntries(Object.entries(tried).map(([address, forms]) => [address, fastestWithin(forms, tolerance)]));
}

function fastestWithin(forms: readonly TriedForm[], tolerance: number): MatrixForm {
  const usable = forms.filter(({ error, time }) => error <= tolerance && time <= mostTime);
  return usable.reduce<TriedForm>((best, form) => (form.time < best.time ? form : best), { form: float32, error: 0, time: 1 }).form;
}

const float32: MatrixForm = { type: 'float32' };

/**
 * What to try after a plan that did not keep the answers: the half of its 8-bit matrices with the largest errors takes a form with at most half the error,
 * float32 where there is none.
 */
export function tightenForms(tried: TriedForms, forms: VisionPlan['matrices']): Record<string, MatrixForm> {
  const errorOf = (address: string): number => tried[address]?.find(({ form }) => form === forms[address])?.error ?? 0;
  const int8 = Object.keys(forms).filter((address) => forms[address]?.type === 'int8');
  const worst = int8.sort((a, b) => errorOf(b) - errorOf(a)).slice(0, Math.ceil(int8.length / 2));
  return { ...forms, ...Object.fromEntries(worst.map((address) => [address, fastestWithin(tried[address] ?? [], errorOf(address) / 2)])) };
}

/** What the matrices of a plan take together, as a share of float32's time for them. Estimated from the times of matrices alone. */
export function estimateShare(matrices: readonly TowerMatrix[], tried: TriedForms, forms: VisionPlan['matrices']): number {
  let [all, planned] = [0, 0];
  for (const { address, rows, columns, tokens } of matrices) {
    const products = rows * columns * tokens;
    all += products;
    planned += products * (tried[address]?.find(({ form }) => form === forms[address])?.time ?? 1);
  }
  return planned / all;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
