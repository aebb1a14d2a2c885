import type { Constraint } from '../constraints/constraint.ts';
import { encodeBehind } from './encode-behind.ts';

/** What of a tokenizer forced text needs. `text/tokenizer` fits it. */
export interface ForcedTextTokenizer {
  /** Text in which nothing is special -> ids, as the model was taught them. */
  encodeText(text: string): number[];
  /** The bytes an id adds to a text, a leading space included. */
  pieceBytes(id: number): Uint8Array;
}

/** Text that must come, as tokens. */
export interface ForcedText {
  /** Told of each token of the answer, in order. */
  accept(token: number): void;
  /** The tokens that must come next; empty where the model has to choose. They are accepted by asking. */
  take(): readonly number[];
}

/** Tokens before the forced text that are encoded again with it: pieces are merged with near neighbours only. */
const contextTokens = 24;

/**
 * Turns what a constraint forces into the tokens that the model itself would have written: the text is encoded together with the answer before it,
 * and it ends before the first place from which a token could reach over its end. There the model chooses, between the short token and the long one.
 */
export function createForcedText(constraint: Constraint, tokenizer: ForcedTextTokenizer): ForcedText {
  const tokens: number[] = [];
  return {
    accept(token) {
      tokens.push(token);
    },
    take() {
      // The first token is always the model's: whether it begins with a space of its own is for it to say.
      if (tokens.length === 0) return [];
      const { text, firmBytes } = constraint.jumpForward();
      if (firmBytes === 0) return [];
      const taken: number[] = [];
      let length = 0;
      for (const token of encodeBehind(tokens.slice(-contextTokens), text, tokenizer)) {
        length += tokenizer.pieceBytes(token).length;
        if (length > firmBytes) break;
        constraint.accept(token);
        taken.push(token);
      }
      tokens.push(...taken);
      return taken;
    },
  };
}
