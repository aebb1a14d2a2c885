import type { PromptSource } from '@h2ovl/core/internal/model/decoder-jobs';
import type { TokenEmbedder } from '@h2ovl/core/internal/model/token-embedder';

/** Below these are control tokens, and pieces that a vocabulary may treat in its own way. */
const firstPlainToken = 300;

/** Tokens nobody has asked about before: no cache can know them. */
export function randomTokens(count: number, vocabularySize: number): Int32Array {
  return Int32Array.from({ length: count }, () => randomToken(vocabularySize));
}

export function randomToken(vocabularySize: number): number {
  return firstPlainToken + Math.floor(Math.random() * (vocabularySize - firstPlainToken - 16));
}

/** A prompt of text alone. */
export function textPrompt(ids: Int32Array, embedder: TokenEmbedder): PromptSource {
  return {
    length: ids.length,
    keys: Float64Array.from(ids),
    write: async (start, end, out) => {
      for (let position = start; position < end; position += 1) {
        embedder.embed(ids[position] as number, out, (position - start) * embedder.hiddenSize);
      }
    },
  };
}
