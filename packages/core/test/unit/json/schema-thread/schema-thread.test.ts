import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { compileSchema } from '../../../../src/constraints/compile-schema.ts';
import { createConstraint } from '../../../../src/constraints/constraint.ts';
import { Machine } from '../../../../src/constraints/machine/machine.ts';
import { packSchema } from '../../../../src/constraints/packed/pack-schema.ts';
import { TokenMasks } from '../../../../src/constraints/tokens/token-masks.ts';
import { SchemaThread } from '../../../../src/json/schema-thread/schema-thread.ts';
import { closingTokens, decodingProfile, openVocabulary, seeded, walkAtRandom } from '../../../helpers/constraint-walks.ts';
import { peopleSchemas } from '../../../helpers/people-schemas.ts';

const thread = new SchemaThread();
afterAll(() => thread.stop());

const { tokenizer, prepared } = openVocabulary('mini');
const closing = closingTokens(tokenizer);

const openEnded = {
  type: 'object',
  properties: { tags: { type: 'array', items: { enum: ['a', 'b', 3] }, uniqueItems: true }, pair: { prefixItems: [{ type: 'null' }] } },
  patternProperties: { '^x-': { type: 'number', minimum: 0 } },
  additionalProperties: { type: 'boolean' },
};

test('what comes from the thread allows the same tokens as what is compiled here', async () => {
  const profile = decodingProfile();
  for (const [name, schema] of Object.entries({ ...peopleSchemas, openEnded })) {
    const here = createConstraint(new TokenMasks(new Machine(compileSchema(schema, profile)), prepared));
    const there = createConstraint(new TokenMasks(new Machine(await thread.compile(schema, profile)), prepared));
    const walk = walkAtRandom(createConstraint(new TokenMasks(new Machine(compileSchema(schema, profile)), prepared)), seeded(3), {
      closing,
      maxTokens: 60,
    });
    for (const token of walk.tokens) {
      expect(Buffer.from(there.mask().buffer).equals(Buffer.from(here.mask().buffer)), name).toBe(true);
      here.accept(token);
      there.accept(token);
    }
    expect(there.isComplete).toBe(here.isComplete);
  }
});

test('no part of the largest schemas asks the event loop for more than some milliseconds of work', () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `f${index}`);
  const largest: Record<string, Record<string, unknown>> = {
    '20,000 members': { type: 'object', properties: Object.fromEntries(names.map((name) => [name, true])) },
    'an enum of 20,000 texts': { enum: names },
    'many goals': {
      type: 'object',
      properties: Object.fromEntries(names.slice(0, 4000).map((name, i) => [name, { type: 'string', maxLength: i }])),
    },
    'open names': {
      type: 'object',
      patternProperties: { '^(a|b)*a(a|b){8}$': { type: 'string' } },
      additionalProperties: { type: 'null' },
    },
  };
  for (const [name, schema] of Object.entries(largest)) {
    const { head, parts } = packSchema(compileSchema(schema, decodingProfile()));
    expect(parts.reduce((sum, { goals }) => sum + goals.length, 0)).toBe(head.goals);
    expect(Math.max(...parts.map(({ units }) => units)), name).toBeLessThan(8000); // of a microsecond
  }
});

test('a check that is ended by force leaves the thread to the next one', async () => {
  const catastrophic = thread.check({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`).catch((error: unknown) => error);
  const next = thread.check({ type: 'string' }, 1);
  expect(await catastrophic).toMatchObject({
    code: 'INVALID_ARGUMENT',
    param: 'schema',
    message: expect.stringContaining('more than 1000 ms of processor time'),
  });
  expect(await next).toEqual([{ path: [], message: 'must be string' }]);
});

test('checks of answers go before schemas that wait', async () => {
  const order: string[] = [];
  const note = (name: string) => (): void => void order.push(name);
  const works = [
    thread.validate({ title: 'first' }).then(note('first')),
    thread.compile({ type: 'string' }, decodingProfile()).then(note('schema')),
    thread.check({ type: 'string' }, 'a').then(note('check')),
  ];
  await Promise.all(works);
  expect(order).toEqual(['first', 'check', 'schema']);
});

test('names what it refuses, as here', async () => {
  const schema = { not: { type: 'string' } };
  const here = ((): unknown => {
    try {
      return compileSchema(schema, decodingProfile());
    } catch (error) {
      return error;
    }
  })();
  const there = await thread.compile(schema, decodingProfile()).catch((error: unknown) => error);
  expect(there).toMatchObject({ code: 'SCHEMA_UNSUPPORTED', message: (here as Error).message, refusals: [{ keyword: 'not' }] });
});

test('a schema that is ready is not sent again with each answer, and one that was given up is', async () => {
  const schema = { type: 'object', properties: { a: { enum: ['x'.repeat(1000)] } } };
  await thread.prepare(schema);
  const sent: string[] = [];
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, message: { type: string }, ...rest: []): void {
    sent.push(message.type);
    post.call(this, message, ...rest);
  };
  try {
    expect(await thread.check(schema, { a: 1 })).toHaveLength(1);
    expect(await thread.check(schema, { b: 1 })).toEqual([]);
    expect(sent).toEqual(['check', 'check']);
    for (let other = 0; other < 40; other++) await thread.check({ type: 'string', minLength: other }, 'a'.repeat(40));
    sent.length = 0;
    expect(await thread.check(schema, { a: 1 })).toHaveLength(1);
    expect(sent).toEqual(['check', 'prepare', 'check']);
  } finally {
    Worker.prototype.postMessage = post;
  }
});

test('large hostile schemas whose answers are checked afterwards do not take the thread for long: what cannot be made ready is refused', async () => {
  const many = (make: (index: number) => unknown, count = 3000): unknown[] => Array.from({ length: count }, (_, index) => make(index));
  const named = (make: (index: number) => [string, unknown], count?: number): object =>
    Object.fromEntries(many(make, count) as [string, unknown][]);
  const hostile: Record<string, object> = {
    'must be one of many': { oneOf: many((i) => ({ required: [`a${i}`] })) },
    'has patterns as names': { patternProperties: named((i) => [`^f${i}`, { type: 'string' }]) },
    'has patterns': { properties: named((i) => [`f${i}`, { pattern: `^(a|b){${i % 50}}c$` }]) },
  };
  const refused = Object.values(hostile).map((schema) => thread.prepare(schema as never).catch((error: unknown) => error));
  const messages = (await Promise.all(refused)).map((error) => (error as Error).message);
  expect(messages[0]).toContain('a oneOf of 3000 parts; at most 500');
  expect(messages[1]).toContain('3000 patterns; at most 500');
  expect(messages[2]).toContain('3000 patterns; at most 500');
  await thread.prepare({ properties: named((i) => [`f${i}`, { pattern: '^a' }], 400) } as never);
  await thread.prepare({ allOf: many((i) => ({ not: { const: i } }), 2000) } as never); // long, and not hostile to whom it is for
});

test('a thread that was stopped starts again', async () => {
  await thread.stop();
  expect(await thread.check({ type: 'string' }, 'a')).toEqual([]);
});
