import { jsonSchema, type OutputInvalidError } from '@h2ovl/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { extractablePages, jsonPages, nanoCheckpoint } from '../../../dev/src/testing/nano-samples.ts';
import { fields, loadModel, type VisionModel } from '../../src/index.ts';
import { makeChecker } from '../../src/json/make-checker.ts';

let model: VisionModel;
const [page] = extractablePages;

beforeAll(async () => {
  model = await loadModel(nanoCheckpoint, { threads: 2 });
});

afterAll(() => model?.dispose());

/** Leaf values by path. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, `${path}/${key}`));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function countRight(value: unknown, expected: unknown): number {
  const found = new Map(leaves(value));
  return leaves(expected).filter(([path, leaf]) => found.get(path) === leaf).length;
}

test('every answer held to its schema fits, and reads at least as many fields right as without it', async () => {
  const sum = { fields: 0, free: 0, held: 0, valid: 0, freeMs: 0, heldMs: 0, freeTokens: 0, heldTokens: 0 };
  for (const { path, question, instruction, schema, value } of jsonPages) {
    const free = await model.generate({ prompt: question, images: [path] });
    const held = await model.generate({ prompt: instruction, images: [path], schema: jsonSchema<unknown>(schema) });
    expect(makeChecker(schema)(held.object)).toEqual([]);
    expect(JSON.parse(held.text)).toEqual(held.object);
    sum.fields += leaves(value).length;
    sum.free += countRight(parse(free.text), value);
    sum.held += countRight(held.object, value);
    sum.valid += makeChecker(schema)(parse(free.text) ?? null).length === 0 ? 1 : 0;
    sum.freeMs += free.timings.decodeMs;
    sum.heldMs += held.timings.decodeMs;
    sum.freeTokens += free.usage.outputTokens;
    sum.heldTokens += held.usage.outputTokens;
  }
  console.log(
    `nano, ${jsonPages.length} pages: fields right ${sum.held} of ${sum.fields} held to the schema, ${sum.free} free; ` +
      `valid ${jsonPages.length} held, ${sum.valid} free; ms a token ${(sum.heldMs / sum.heldTokens).toFixed(2)} held, ${(sum.freeMs / sum.freeTokens).toFixed(2)} free`,
  );
  expect(sum.held).toBeGreaterThanOrEqual(sum.free);
}, 300_000);

test('text and object grow while the answer is written, and the last object is the checked one', async () => {
  const stream = model.stream<unknown>({ prompt: page.instruction, images: [page.path], schema: jsonSchema(page.schema) });
  let text = '';
  const objects: unknown[] = [];
  for await (const event of stream) {
    if (event.type === 'text-delta') text += event.delta;
    if (event.type === 'object-delta') objects.push(event.partial);
  }
  const result = await stream.result;
  expect(text).toBe(result.text);
  expect(objects.length).toBeGreaterThan(Object.keys(page.value).length);
  expect(objects.at(-1)).toEqual(result.object);
  expect(result.object).toEqual(page.value);
}, 300_000);

test('zod and the short form give the same answer as the JSON Schema that they stand for', async () => {
  const names = Object.keys(page.value);
  const shape = Object.fromEntries(names.map((name) => [name, 'string' as const]));
  const ask = { prompt: page.instruction, images: [page.path] };
  const byFields = await model.generate({ ...ask, schema: fields(shape) });
  const byZod = await model.generate({ ...ask, schema: z.object(Object.fromEntries(names.map((name) => [name, z.string().nullable()]))) });
  expect(byFields.object).toEqual(page.value);
  expect(byZod.object).toEqual(page.value);
}, 300_000);

test('an object that a stop sequence ends says so, and what to leave out', async () => {
  const cut = model.generate<unknown>({
    prompt: page.instruction,
    images: [page.path],
    schema: jsonSchema(page.schema),
    stopSequences: ['":'],
  });
  await expect(cut).rejects.toMatchObject({
    code: 'OUTPUT_INVALID',
    finishReason: 'stop-sequence',
    message: 'The answer was cut by a stop sequence, before its JSON was complete.',
    hint: expect.stringMatching(/^Leave stopSequences out/),
  });
});

test('an answer that is cut is an error with the value as far as it came', async () => {
  const cut = model.generate<unknown>({
    prompt: page.instruction,
    images: [page.path],
    schema: jsonSchema(page.schema),
    maxOutputTokens: 12,
  });
  const error = (await cut.catch((reason: unknown) => reason)) as OutputInvalidError;
  expect(error).toMatchObject({ code: 'OUTPUT_INVALID', finishReason: 'length' });
  expect(JSON.stringify(page.value)).toContain(JSON.stringify(error.partial).slice(1, 12));
}, 300_000);

test('a condition that cannot be enforced is refused by name, or checked after', async () => {
  const schema = jsonSchema<unknown>({ ...page.schema, not: { required: ['no such member'] } });
  const ask = { prompt: page.instruction, images: [page.path], schema };
  await expect(model.generate(ask)).rejects.toMatchObject({ code: 'SCHEMA_UNSUPPORTED', message: expect.stringContaining('"not"') });
  expect((await model.generate({ ...ask, enforcement: 'after' })).object).toEqual(page.value);
}, 300_000);

test('a value that the schema takes out of the model’s hands is named; those that the model writes by itself are not', async () => {
  const [first = '', ...others] = Object.keys(page.value);
  const properties = { ...(page.schema.properties as Record<string, object>), [first]: { type: 'string', pattern: '^[0-9]{4}#$' } };
  const schema = jsonSchema<unknown>({ ...page.schema, properties });
  const { object, forced, warnings } = await model.generate({ prompt: page.instruction, images: [page.path], schema });
  expect(object).toMatchObject({ [first]: expect.stringMatching(/^[0-9]{4}#$/) });
  expect(forced).toEqual([first]);
  expect(warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining(first));
  expect(others.length).toBeGreaterThan(0);
}, 300_000);
