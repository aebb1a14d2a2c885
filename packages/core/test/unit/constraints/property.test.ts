import { expect, test } from 'vitest';
import { createConstraint } from '../../../src/constraints/constraint.ts';
import { Machine } from '../../../src/constraints/machine/machine.ts';
import { SchemaRefusedError } from '../../../src/constraints/schema/refusals.ts';
import { TokenMasks } from '../../../src/constraints/tokens/token-masks.ts';
import { makeChecker as compileCheck } from '../../../src/json/make-checker.ts';
import {
  accepts,
  closingTokens,
  compileFor,
  decodingProfile,
  endToken,
  indented,
  isAllowed,
  oneLine,
  openVocabulary,
  seeded,
  walkAtRandom,
  writeJson,
} from '../../helpers/constraint-walks.ts';
import { randomSchema } from '../../helpers/random-schemas.ts';

// `npm run trial:constraints` is the whole trial, on the real 32,000 pieces.
const isFull = process.env.H2OVL_TRIAL === 'full';
const rounds = isFull ? 2000 : 200;
const { tokenizer, prepared } = openVocabulary(isFull ? 'real' : 'mini');
const closing = closingTokens(tokenizer);

async function machineOf(schema: Record<string, unknown>, seed: number): Promise<Machine | undefined> {
  try {
    const layout = seed % 2 === 0 ? oneLine : indented;
    return new Machine(await compileFor(schema, decodingProfile(layout, seed % 3 === 0 ? 'any' : 'declared')));
  } catch (error) {
    if (error instanceof SchemaRefusedError) return undefined;
    throw error;
  }
}

/** Ajv divides floating-point numbers: 0.3 is no multiple of 0.1 to it. Decimal factors are checked by the other profile, exactly. */
function withoutDecimalFactors(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDecimalFactors);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) =>
      key === 'multipleOf' && !Number.isInteger(value) ? [] : [[key, withoutDecimalFactors(value)]],
    ),
  );
}

test('random walks under the masks of random schemas parse, validate and keep the layout', async () => {
  let finished = 0;
  let compiled = 0;
  for (let seed = 1; seed <= rounds; seed += 1) {
    const random = seeded(seed);
    const schema = randomSchema(random);
    const machine = await machineOf(schema, seed);
    if (machine === undefined) continue;
    compiled += 1;
    const whole = new Machine(await compileFor(schema, { type: 'schema', formats: 'annotate' })); // formats are Ajv's part
    const findIssues = compileCheck(withoutDecimalFactors(schema) as Record<string, unknown>);
    const masks = new TokenMasks(machine, prepared);
    for (let index = 0; index < 4; index += 1) {
      const { tokens, isComplete } = walkAtRandom(createConstraint(masks), random, { closing, maxTokens: 400 });
      if (!isComplete) continue;
      finished += 1;
      const text = tokenizer.decode(tokens);
      const value: unknown = JSON.parse(text);
      expect(findIssues(value), `seed ${seed}: ${text}`).toEqual([]);
      expect(accepts(whole, text), `seed ${seed}: ${text}`).toBe(true);
      if (/\d[eE]/.test(text)) continue; // the helper writes numbers without exponents
      const laidOut = writeJson(value, seed % 2 === 0 ? oneLine : indented);
      expect(withoutDigits(text), `seed ${seed}`).toBe(withoutDigits(laidOut));
    }
  }
  if (isFull)
    console.log(`${rounds} schemas drawn, ${compiled} enforced; ${compiled * 4} walks, ${finished} came to an end and were checked`);
  expect(compiled).toBeGreaterThan(rounds * 0.6);
  expect(finished).toBeGreaterThan(rounds * 2);
}, 14_400_000);

test('a very large or small number out of an enum is valid in the schema profile as the model is let write it', async () => {
  for (const value of [1e21, -1e21, 1e-7, 5e-324, 1.5e300]) {
    const text = JSON.stringify(value);
    for (const profile of [decodingProfile(), { type: 'schema', formats: 'annotate' } as const]) {
      const machine = new Machine(await compileFor({ enum: [value, 1] }, profile));
      expect([text, accepts(machine, text)]).toEqual([text, true]);
      expect(accepts(machine, text.replace(/\d+$/, '2'))).toBe(false);
    }
  }
});

/** 1.50 is written as 1.5 by the helper, and numbers of over 15 digits lose some. */
const withoutDigits = (text: string): string => text.replace(/-?\d+(?:\.\d+)?/g, '0');

test('a document is accepted token by token however it is cut into tokens', async () => {
  let documents = 0;
  for (let seed = 1; seed <= Math.min(rounds, 150); seed += 1) {
    const random = seeded(seed);
    const machine = await machineOf(randomSchema(random), seed);
    if (machine === undefined) continue;
    const masks = new TokenMasks(machine, prepared);
    const { tokens, isComplete } = walkAtRandom(createConstraint(masks), random, { closing, maxTokens: 400 });
    if (!isComplete) continue;
    documents += 1;
    const text = tokenizer.decode(tokens);
    for (const cut of [tokens, tokenizer.encodeText(text), cutIntoBytes(text), cutAtRandom(text, random), cutAtRandom(text, random)]) {
      const constraint = createConstraint(masks);
      for (const token of cut) {
        expect(isAllowed(constraint.mask(), token), `seed ${seed}: ${text}`).toBe(true);
        constraint.accept(token);
      }
      expect(constraint.isComplete).toBe(true);
      expect(isAllowed(constraint.mask(), endToken)).toBe(true);
    }
  }
  expect(documents).toBeGreaterThan(50);
}, 14_400_000);

const idsByBytes = new Map<string, number[]>();
for (let id = 0; id < tokenizer.vocabularySize; id += 1) {
  const key = Buffer.from(tokenizer.pieceBytes(id)).toString('latin1');
  if (key !== '') idsByBytes.set(key, [...(idsByBytes.get(key) ?? []), id]);
}

function cutIntoBytes(text: string): number[] {
  return [...Buffer.from(text)].map((byte) => (idsByBytes.get(String.fromCharCode(byte)) as number[])[0] as number);
}

function cutAtRandom(text: string, random: () => number): number[] {
  const bytes = Buffer.from(text).toString('latin1');
  const ids: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const ends = Array.from({ length: 12 }, (_, index) => start + index + 1).filter(
      (end) => end <= bytes.length && idsByBytes.has(bytes.slice(start, end)),
    );
    const end = ends[Math.floor(random() * ends.length)] as number;
    const candidates = idsByBytes.get(bytes.slice(start, end)) as number[];
    ids.push(candidates[Math.floor(random() * candidates.length)] as number);
    start = end;
  }
  return ids;
}

test('rollback and jumpForward change nothing in what is allowed', async () => {
  let jumps = 0;
  for (let seed = 1; seed <= Math.min(rounds, 120); seed += 1) {
    const random = seeded(seed);
    const machine = await machineOf(randomSchema(random), seed);
    if (machine === undefined) continue;
    const masks = new TokenMasks(machine, prepared);
    const { tokens } = walkAtRandom(createConstraint(masks), random, { closing, maxTokens: 120 });
    const plain = createConstraint(masks);
    const restless = createConstraint(masks);
    for (const [place, token] of tokens.entries()) {
      const before = plain.mask();
      const forced = restless.jumpForward().text;
      const steps = walkAtRandom(restless, random, { closing, maxTokens: 1 + Math.floor(random() * 4) }).tokens;
      restless.rollback(steps.length);
      expect(restless.mask()).toEqual(before);
      if (forced !== '') {
        jumps += 1;
        const read = Buffer.concat(steps.map((step) => tokenizer.pieceBytes(step)))
          .toString()
          .slice(place === 0 && tokenizer.pieceBytes(steps[0] ?? endToken)[0] === 0x20 ? 1 : 0);
        if (steps.length > 0 && !read.includes('\uFFFD'))
          expect(forced.startsWith(read.slice(0, forced.length)) || read.startsWith(forced)).toBe(true);
      }
      plain.accept(token);
      restless.accept(token);
    }
    expect(restless.isComplete).toBe(plain.isComplete);
  }
  expect(jumps).toBeGreaterThan(200);
}, 14_400_000);
