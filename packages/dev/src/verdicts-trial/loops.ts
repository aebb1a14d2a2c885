import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoopGuard, type LoopGuardOptions, longestPeriod } from '@h2ovl/core/internal/generation/loop-guard';
import { createDetokenizer } from '@h2ovl/core/internal/text/detokenizer';
import { createTokenizer, type Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { Random } from '../lines-trial/random.ts';
import { nanoCheckpoint } from '../testing/nano-samples.ts';
import { asLinesRead, listRepetitiveDocuments } from './repetitive-documents.ts';

/** The real tokenizer: nano's is that of the published models. */
export function openTokenizer(): Tokenizer {
  return createTokenizer({
    modelBytes: readFileSync(join(nanoCheckpoint, 'tokenizer.model')),
    addedTokens: JSON.parse(readFileSync(join(nanoCheckpoint, 'added_tokens.json'), 'utf8')) as Readonly<Record<string, number>>,
  });
}

/** Tokens before the loop. */
const beforeTokens = 60;

/** How a loop was caught. */
export interface LoopCase {
  /** Tokens after the loop began; undefined when it ran on to twice what is promised. */
  readonly caughtAfter: number | undefined;
  readonly isInTime: boolean;
  /** Characters that are kept beyond the first copy; about 0. */
  readonly keptTooMuch: number;
}

/** What an answer is made of: pieces of the vocabulary by lot, or the common words of a page, of which it writes the last ones again and again. */
export type LoopMaterial = 'random' | 'words';

/** The promise: tokens after the loop began. */
export function promisedTokens(period: number): number {
  return Math.max(64, 3 * period);
}

/** An answer that comes into a loop, beside the lines of its page, where everything stands once. */
export function tryLoop(tokenizer: Tokenizer, material: LoopMaterial, period: number, seed: number): LoopCase {
  const random = new Random(seed * 1000 + period);
  const tokens =
    material === 'random' ? randomTokens(tokenizer, random, beforeTokens + period) : wordTokens(tokenizer, random, beforeTokens + period);
  const unit = tokens.slice(-period);
  const detokenizer = createDetokenizer(tokenizer);
  const guard = new LoopGuard({ pageText: asLinesRead(tokenizer.decode(tokens), seed) });
  let length = 0;
  const push = (token: number): ReturnType<LoopGuard['push']> => {
    const text = detokenizer.push(token);
    length += text.length;
    return guard.push(token, text);
  };
  for (const token of tokens) push(token);
  const firstCopy = length;
  const promised = promisedTokens(period);
  for (let count = period + 1; count <= 2 * promised; count += 1) {
    const found = push(unit[(count - 1) % period] as number);
    if (found !== undefined) return { caughtAfter: count, isInTime: count <= promised, keptTooMuch: found.from - firstCopy };
  }
  return { caughtAfter: undefined, isInTime: false, keptTooMuch: 0 };
}

function randomTokens(tokenizer: Tokenizer, random: Random, count: number): number[] {
  const pieces = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id).filter((id) => tokenizer.contentOf(id).type === 'text');
  return Array.from({ length: count }, () => random.pick(pieces));
}

const words =
  'the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just state those people too mr how little good world make very year still see own work men day get here old life both between being under three never know same last another while us'.split(
    ' ',
  );

function wordTokens(tokenizer: Tokenizer, random: Random, count: number): number[] {
  const text = Array.from({ length: count }, () => random.pick(words)).join(' ');
  return tokenizer.encodeText(text).slice(-count);
}

/** Of each period from 1 to 200: the share of loops that were caught in time. */
export function catchRates(
  tokenizer: Tokenizer,
  material: LoopMaterial,
  each: number,
  firstSeed: number,
  periods: readonly number[],
): ReadonlyMap<number, number> {
  return new Map(
    periods.map((period) => {
      const cases = Array.from({ length: each }, (_, index) => tryLoop(tokenizer, material, period, firstSeed + index));
      return [period, cases.filter(({ isInTime }) => isInTime).length / each];
    }),
  );
}

export const allPeriods: readonly number[] = Array.from({ length: longestPeriod }, (_, index) => index + 1);

/** Where the guard stops a text that is no loop; undefined when it lets it pass. */
export function stopOf(tokenizer: Tokenizer, text: string, options: LoopGuardOptions): string | undefined {
  const guard = new LoopGuard(options);
  const detokenizer = createDetokenizer(tokenizer);
  for (const token of tokenizer.encodeText(text)) {
    const found = guard.push(token, detokenizer.push(token));
    if (found !== undefined) return `${found.copies} times ${JSON.stringify(found.unit)}`;
  }
  return undefined;
}

/** Documents that rightly repeat and were stopped, as sentences. */
export function falseStops(tokenizer: Tokenizer, count: number, firstSeed: number, isBlind: boolean): readonly string[] {
  const stops: string[] = [];
  let seed = firstSeed;
  for (const { kind, text } of listRepetitiveDocuments(count, firstSeed)) {
    const stop = stopOf(tokenizer, text, isBlind ? {} : { pageText: asLinesRead(text, seed) });
    if (stop !== undefined) stops.push(`${kind} ${seed}: stopped at ${stop}`);
    seed += 1;
  }
  return stops;
}

/** Kept apart from what the rules were tried on. */
export const loopSeeds = { tried: 1, kept: 5_000_001 } as const;

/** The part of the trial: whether loops of every period are caught in time, and nothing that rightly repeats is stopped beside its lines. */
export async function runLoopsPart(set: keyof typeof loopSeeds, pages: number, print: (line: string) => void): Promise<boolean> {
  const tokenizer = openTokenizer();
  const [each, documents] = [Math.ceil(pages * 0.4), pages * 10];
  let isKept = true;
  for (const material of ['random', 'words'] as const) {
    const rates = catchRates(tokenizer, material, each, loopSeeds[set], allPeriods);
    print(
      `loops of ${material === 'random' ? 'random pieces of the vocabulary' : 'common words'}, ${each} of each period: share caught in time`,
    );
    for (let from = 1; from <= longestPeriod; from += 10) {
      const shares = allPeriods.slice(from - 1, from + 9).map((period) => (rates.get(period) as number).toFixed(2));
      print(`  ${String(from).padStart(3)}: ${shares.join(' ')}`);
    }
    const least = Math.min(...rates.values());
    print(`  least ${least.toFixed(3)}`);
    isKept &&= least >= 0.95;
  }
  for (const isBlind of [false, true]) {
    const stops = falseStops(tokenizer, documents, loopSeeds[set], isBlind);
    print(
      `documents that rightly repeat, ${isBlind ? 'where nobody looked at the page' : 'beside their lines'}: ${stops.length} of ${documents} stopped`,
    );
    for (const stop of stops.slice(0, 20)) print(`  ${stop}`);
    if (!isBlind) isKept &&= stops.length === 0;
  }
  return isKept;
}
