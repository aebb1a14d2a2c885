import { findBestToken } from './sampler.ts';

/** A place of an answer at which the mask excluded the token that the model would have taken. */
export interface ForcedChoice {
  /** Bytes of the answer before it. */
  readonly at: number;
  /** Text that the model would have gone on with. */
  readonly wanted: string;
  /** Share of the model's odds that the mask took away, above 0 and up to 1. */
  readonly removed: number;
}

/** Follows one answer and keeps where the mask decided against the model. */
export class ForcedChoices {
  readonly #pieceBytes: (token: number) => Uint8Array;
  readonly #choices: ForcedChoice[] = [];
  #length = 0;
  #tail = '';

  /** @param pieceBytes the bytes a token adds to the answer */
  constructor(pieceBytes: (token: number) => Uint8Array) {
    this.#pieceBytes = pieceBytes;
  }

  get all(): readonly ForcedChoice[] {
    return this.#choices;
  }

  /** Bytes of the answer so far. */
  get length(): number {
    return this.#length;
  }

  /** Whether the answer so far ends with a digit and a comma: it may end a number, or stand for a decimal point. */
  get endsWithComma(): boolean {
    return /\d,$/.test(this.#tail);
  }

  /**
   * Compares the model's own choice with what is allowed: before the mask is applied to the logits, and before the pick is told.
   * @param at bytes of the answer before the choice; those so far if it is left out
   */
  hear(logits: Float32Array, mask: Uint32Array, at: number = this.#length): void {
    const best = findBestToken(logits);
    if (isAllowed(mask, best)) return;
    const largest = logits[best] as number;
    let all = 0;
    let allowed = 0;
    for (let token = 0; token < logits.length; token += 1) {
      const odds = Math.exp((logits[token] as number) - largest);
      all += odds;
      if (isAllowed(mask, token)) allowed += odds;
    }
    const wanted = Buffer.from(this.#pieceBytes(best)).toString();
    this.#choices.push({ at, wanted, removed: 1 - allowed / all });
  }

  /** Told of each token of the answer, in order. */
  accept(token: number): void {
    const bytes = this.#pieceBytes(token);
    this.#length += bytes.length;
    this.#tail = (this.#tail + Buffer.from(bytes).toString('latin1')).slice(-2);
  }
}

function isAllowed(mask: Uint32Array, token: number): boolean {
  return (((mask[token >>> 5] ?? 0) >>> (token & 31)) & 1) === 1;
}
