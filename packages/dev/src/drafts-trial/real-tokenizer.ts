import { readFile } from 'node:fs/promises';
import { createTokenizer, type Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { findBenchModel } from '../bench/bench-models.ts';

/** The tokenizer of the 0.8B: 32,000 pieces. */
export async function openTokenizer(): Promise<Tokenizer> {
  return createTokenizer({ modelBytes: await readFile(findBenchModel('0.8b').tokenizerModel), addedTokens: {} });
}
