import { readFileSync } from 'node:fs';
import { type CompiledSchema, compileSchema } from '../../src/constraints/compile-schema.ts';
import type { Constraint } from '../../src/constraints/constraint.ts';
import { type ConstraintProfile, decodingBounds, type JsonLayout } from '../../src/constraints/limits.ts';
import type { Machine } from '../../src/constraints/machine/machine.ts';
import { writePlain } from '../../src/constraints/number/decimal.ts';
import { type PreparedVocabulary, prepareVocabulary } from '../../src/constraints/tokens/token-masks.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';

export const endToken = 2;

/** The real 32,000 pieces, or the 640 of the miniature models: quicker to walk, and full of byte pieces. */
export function openVocabulary(which: 'real' | 'mini'): { readonly tokenizer: Tokenizer; readonly prepared: PreparedVocabulary } {
  const file = which === 'real' ? 'tokenizer.model' : 'mini-tokenizer.model';
  const modelBytes = readFileSync(new URL(`../golden/reference/${file}`, import.meta.url));
  const tokenizer = createTokenizer({ modelBytes, addedTokens: {} });
  const prepared = finish(
    prepareVocabulary({
      size: tokenizer.vocabularySize,
      bytesOf: (id) => tokenizer.pieceBytes(id),
      endTokens: [endToken],
      losesFirstSpace: (id) => tokenizer.contentOf(id).type === 'text',
    }),
  );
  return { tokenizer, prepared };
}

/** Runs steps to their end at once. */
export function finish<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export const oneLine: JsonLayout = { indent: undefined, gap: ' ' };
export const indented: JsonLayout = { indent: 2, gap: ' ' };

export function decodingProfile(layout: JsonLayout = oneLine, memberOrder: 'declared' | 'any' = 'declared'): ConstraintProfile {
  // Shorter bounds than in use, so that walks come to an end and meet them.
  const bounds = { ...decodingBounds, maxStringLength: 40, maxItems: 6, maxFreeMembers: 4, maxNameLength: 12, maxDepth: 8 };
  return { type: 'decoding', layout, memberOrder, bounds, unsupported: 'refuse' };
}

export type PlainSchema = Readonly<Record<string, unknown>> | boolean;

export async function compileFor(schema: PlainSchema, profile: ConstraintProfile): Promise<CompiledSchema> {
  return compileSchema(schema, profile);
}

/** Whether a schema accepts a text, read byte by byte. */
export function accepts(machine: Machine, text: string): boolean {
  let frames = machine.start;
  for (const byte of new TextEncoder().encode(text)) frames = machine.advance(frames, byte);
  return machine.mayEnd(frames);
}

/** A value as JSON text, numbers without exponents, laid out like Python does it. */
export function writeJson(value: unknown, { indent, gap }: JsonLayout = oneLine, depth = 0): string {
  if (typeof value === 'number') return writePlain(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const parts = Array.isArray(value)
    ? value.map((entry) => writeJson(entry, { indent, gap }, depth + 1))
    : Object.entries(value).map(([name, entry]) => `${JSON.stringify(name)}:${gap}${writeJson(entry, { indent, gap }, depth + 1)}`);
  if (parts.length === 0) return `${open}${close}`;
  const line = (level: number): string => (indent === undefined ? '' : `\n${' '.repeat(indent * level)}`);
  const separator = indent === undefined ? `,${gap}` : `,${line(depth + 1)}`;
  return `${open}${line(depth + 1)}${parts.join(separator)}${line(depth)}${close}`;
}

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export const isAllowed = (mask: Uint32Array, id: number): boolean => (((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;

export function listAllowed(mask: Uint32Array): number[] {
  const ids: number[] = [];
  for (let word = 0; word < mask.length; word += 1) {
    if (mask[word] === 0) continue;
    for (let bit = 0; bit < 32; bit += 1) if (isAllowed(mask, word * 32 + bit)) ids.push(word * 32 + bit);
  }
  return ids;
}

/** Which tokens tend to end something: those with a quote or a closing bracket. */
export function closingTokens(tokenizer: Tokenizer): ReadonlySet<number> {
  const ids = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id);
  return new Set(ids.filter((id) => [...tokenizer.pieceBytes(id)].some((byte) => byte === 0x22 || byte === 0x7d || byte === 0x5d)));
}

export interface Walk {
  readonly tokens: readonly number[];
  readonly isComplete: boolean;
}

/** Goes on at random under the mask, with a bias to what closes, until the text ends or `maxTokens` are reached. */
export function walkAtRandom(
  constraint: Constraint,
  random: () => number,
  { closing, maxTokens }: { readonly closing: ReadonlySet<number>; readonly maxTokens: number },
): Walk {
  const tokens: number[] = [];
  while (tokens.length < maxTokens) {
    const mask = constraint.mask();
    const allowed = listAllowed(mask);
    if (allowed.length === 0) throw new Error('The mask allows nothing.');
    if (isAllowed(mask, endToken) && (allowed.length === 1 || random() < 0.7)) return { tokens, isComplete: true };
    const biased = random() < 0.5 ? allowed.filter((id) => closing.has(id)) : [];
    const pool = biased.length > 0 ? biased : allowed.filter((id) => id !== endToken);
    const token = pool[Math.floor(random() * pool.length)] as number;
    constraint.accept(token);
    tokens.push(token);
  }
  return { tokens, isComplete: false };
}
