import { readFile } from 'node:fs/promises';
import { VisionError } from '@h2ovl/contract';
import type { Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { createTokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { addedTokens as addedTokenNames } from './synthetic/synthetic-checkpoint.ts';

interface TokenizerCase {
  readonly text: string;
  readonly ids: readonly number[];
}

/**
 * `tokenizer-cases MODEL CASES.json`: encodes every text of the file and compares ids. Prints each text that differs and `n/n identical`.
 * Resolves to the exit code: 0 when all are identical, 1 when one is not or a file cannot be read, 2 for wrong usage.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [modelFile, casesFile, ...rest] = argv;
  if (modelFile === undefined || casesFile === undefined || rest.length > 0 || argv.some((argument) => argument.startsWith('-'))) {
    process.stderr.write(
      'Usage: tokenizer-cases MODEL CASES.json\n  MODEL: a SentencePiece tokenizer.model; CASES.json: [{ "text", "ids" }, ...]\n',
    );
    return 2;
  }
  try {
    const tokenizer = openTokenizer(await readFile(modelFile));
    return compareCases(tokenizer, parseCases(await readFile(casesFile, 'utf8'), casesFile));
  } catch (error) {
    const hint = VisionError.isInstance(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
    return 1;
  }
}

function openTokenizer(modelBytes: Uint8Array): Tokenizer {
  // Opened once without added tokens, to learn how many pieces stand before them.
  const pieceCount = createTokenizer({ modelBytes, addedTokens: {} }).vocabularySize;
  const addedTokens = Object.fromEntries(addedTokenNames.map((name, index) => [name, pieceCount + index]));
  return createTokenizer({ modelBytes, addedTokens });
}

function parseCases(json: string, file: string): readonly TokenizerCase[] {
  const cases: unknown = JSON.parse(json);
  if (!Array.isArray(cases) || cases.length === 0) throw new Error(`${file} holds no cases; expected a list of { "text", "ids" }.`);
  return cases.map((entry: unknown, index) => {
    const { text, ids } = (entry ?? {}) as Readonly<Record<string, unknown>>; // checked on the next line
    if (typeof text !== 'string' || !Array.isArray(ids) || !ids.every(Number.isInteger)) {
      throw new Error(`Case ${index + 1} of ${cases.length} in ${file} is not { "text": string, "ids": whole numbers }.`);
    }
    return { text, ids };
  });
}

function compareCases(tokenizer: Tokenizer, cases: readonly TokenizerCase[]): number {
  let identical = 0;
  for (const [index, { text, ids }] of cases.entries()) {
    const difference = describeDifference(tokenizer.encode(text), ids);
    if (difference === undefined) identical += 1;
    else process.stdout.write(`case ${index + 1}: ${JSON.stringify(text)}\n  ${difference}\n`);
  }
  process.stdout.write(`${identical}/${cases.length} identical\n`);
  return identical === cases.length ? 0 : 1;
}

/** The first place where two id lists part; undefined when they are equal. */
function describeDifference(actual: readonly number[], expected: readonly number[]): string | undefined {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index += 1) {
    if (actual[index] === expected[index]) continue;
    const lengths = `lengths ${actual.length} and ${expected.length}`;
    return `id ${index} is ${actual[index] ?? 'missing'}, expected ${expected[index] ?? 'nothing'} (${lengths})`;
  }
  return undefined;
}
