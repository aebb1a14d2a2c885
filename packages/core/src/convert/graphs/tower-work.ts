import type { MatrixForm, Smoothing, VisionPlan } from '../../model-files/vision-plan.ts';

/**
 * What is done with the matrices of the vision tower and projector: computed as a plan says; computed in float32 and their inputs observed; or computed
 * in float32 while other forms of them are tried on the same inputs.
 */
export type TowerWork =
  | { readonly type: 'compute'; readonly plan: VisionPlan }
  | { readonly type: 'observe' }
  | {
      readonly type: 'try';
      readonly smoothing: VisionPlan['smoothing'];
      /** By address of the matrix. */
      readonly candidates: Readonly<Record<string, readonly MatrixForm[]>>;
    };

/** Names of the graph outputs that tell of a matrix. */
export const towerOutputs = {
  /** [columns] float32: the largest magnitude of each input channel over all tokens. */
  largest: (matrix: string): string => `${matrix}/largest`,
  /** One float32: the mean over tokens of |form - float32|^2 / |float32|^2, each token's outputs as one vector. `part`: q, k or v; the matrix's own address else. */
  error: (part: string, candidate: number): string => `${part}/error.${candidate}`,
} as const;

/** What is moved out of the channels of a matrix's input: factors for whatever makes the input, and for the matrix's columns. Exact, being powers of two. */
export interface SmoothingFactors {
  readonly input: Float32Array<ArrayBuffer>;
  readonly columns: Float32Array<ArrayBuffer>;
}

/** The factors of one matrix; undefined where nothing is moved. */
export function smoothingOf(tower: TowerWork | undefined, matrix: string, channels: number): SmoothingFactors | undefined {
  if (tower === undefined || tower.type === 'observe') return undefined;
  const moved: Smoothing = (tower.type === 'compute' ? tower.plan.smoothing : tower.smoothing)[matrix] ?? [];
  if (moved.length === 0) return undefined;
  const input = new Float32Array(channels).fill(1);
  const columns = new Float32Array(channels).fill(1);
  for (const [channel, exponent] of moved) {
    input[channel] = 2 ** -exponent;
    columns[channel] = 2 ** exponent;
  }
  return { input, columns };
}
