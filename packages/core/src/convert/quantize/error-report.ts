import type { LinearFormat } from '../../model-files/manifest.ts';

/** What storing a kind of layer in fewer bits cost. */
export interface GroupError {
  /** Address of the layers, `*` for the layer number, e.g. `layers.*\/attn/o_proj`. */
  readonly group: string;
  readonly format: LinearFormat;
  /** Matrices in the group. */
  readonly matrices: number;
  /** Root of the summed squared weight errors over the summed squared weights: 0.08 means 8 %. */
  readonly relativeError: number;
  /** The same of the matrix where it is largest. */
  readonly largestError: number;
}

/** Squared sums of one matrix. */
export interface ErrorSums {
  readonly error: number;
  readonly weight: number;
}

/** Adds up weight errors per kind of layer while a model is written. */
export class ErrorReport {
  readonly #groups = new Map<string, { format: LinearFormat; matrices: number; error: number; weight: number; largest: number }>();

  add(address: string, format: LinearFormat, { error, weight }: ErrorSums): void {
    const group = address.replace(/\.\d+/, '.*');
    const sums = this.#groups.get(group) ?? { format, matrices: 0, error: 0, weight: 0, largest: 0 };
    this.#groups.set(group, {
      format,
      matrices: sums.matrices + 1,
      error: sums.error + error,
      weight: sums.weight + weight,
      largest: Math.max(sums.largest, relative(error, weight)),
    });
  }

  /** Groups in the order of the graph; formats that lose nothing are not in it. */
  groups(): GroupError[] {
    return [...this.#groups].map(([group, { format, matrices, error, weight, largest }]) => ({
      group,
      format,
      matrices,
      relativeError: relative(error, weight),
      largestError: largest,
    }));
  }
}

/** A matrix of zeros is stored exactly in every format. */
function relative(error: number, weight: number): number {
  return weight === 0 ? 0 : Math.sqrt(error / weight);
}
