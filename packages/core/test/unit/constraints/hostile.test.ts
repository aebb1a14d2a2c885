import { expect, test } from 'vitest';
import { compileSchema } from '../../../src/constraints/compile-schema.ts';
import { SchemaRefusedError } from '../../../src/constraints/schema/refusals.ts';
import { SchemaThread } from '../../../src/json/schema-thread/schema-thread.ts';
import { decodingProfile } from '../../helpers/constraint-walks.ts';

type Schema = Record<string, unknown>;

function nest(depth: number): Schema {
  let schema: Schema = { type: 'string' };
  for (let level = 0; level < depth; level += 1) schema = { type: 'object', properties: { a: schema }, required: ['a'] };
  return schema;
}

/** Each level has two branches that begin alike, and each branch holds the next level. */
function branching(levels: number): Schema {
  const $defs = Object.fromEntries(
    Array.from({ length: levels }, (_, level) => {
      const next = level + 1 < levels ? { $ref: `#/$defs/l${level + 1}` } : { type: 'string' };
      const branch = (name: string): Schema => ({ type: 'object', properties: { v: next, [name]: next }, required: ['v'] });
      return [`l${level}`, { allOf: [{ anyOf: [branch('a'), branch('b')] }, { anyOf: [branch('c'), branch('d')] }] }];
    }),
  );
  return { $ref: '#/$defs/l0', $defs };
}

const text = (schema: Schema): Schema => ({ type: 'object', properties: { value: { type: 'string', ...schema } }, required: ['value'] });
const options = <T>(count: number, of: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => of(index));

const hostile: Readonly<Record<string, Schema>> = {
  'brackets deeper than an answer may be': nest(60),
  'branches that multiply': {
    type: 'object',
    allOf: options(14, (i) => ({ anyOf: [{ minProperties: i % 2 }, { maxProperties: 50 + i }] })),
  },
  'branches that multiply level by level': branching(40),
  'a pattern with an exponential automaton': text({ pattern: '(a|b)*a(a|b){24}$' }),
  'repetitions within repetitions': text({ pattern: '^((((a{0,90}){0,90}){0,90}){0,90})$' }),
  'patterns of which the product explodes': {
    type: 'string',
    allOf: options(9, (i) => ({ pattern: `(a|b)*${'ab'[i % 2]}(a|b){${i + 4}}c` })),
  },
  'look-around': text({ pattern: '^(?=.*\\d)(?!.*x).{8,}$' }),
  'a back-reference': text({ pattern: '^(\\w+) \\1$' }),
  'a broken pattern': text({ pattern: '([' }),
  'a pattern of 5,000 characters': text({ pattern: 'a'.repeat(5000) }),
  'a multiple with many digits': { type: 'object', properties: { n: { multipleOf: 0.123456789 } }, required: ['n'] },
  'thousands of overlapping branches': { oneOf: options(120, (i) => ({ type: 'object', properties: { [`p${i}`]: { type: 'string' } } })) },
  'a value that needs itself': {
    $ref: '#/$defs/a',
    $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'] } },
  },
  'parts combined without end': {
    $ref: '#/$defs/n0',
    $defs: Object.fromEntries(
      options(
        60,
        (i) =>
          [
            `n${i}`,
            {
              type: 'object',
              properties: Object.fromEntries(
                options(
                  40,
                  (k) => [`k${k}`, { allOf: [{ $ref: `#/$defs/n${(i * 7 + k) % 60}` }, { $ref: `#/$defs/n${(i + 3) % 60}` }] }] as const,
                ),
              ),
            },
          ] as const,
      ),
    ),
  },
};

/** Why a schema is refused; undefined when it is not. */
function attempt(schema: Schema): unknown {
  try {
    compileSchema(schema, decodingProfile());
    return undefined;
  } catch (reason) {
    return reason;
  }
}

// By what they are made of, not by the clock: the same ones on a busy machine as on an idle one, which needs less than a second for each.
test.each(Object.entries(hostile))('refuses %s with a code, for what it is and not for its time', (_, schema) => {
  const error = attempt(schema);
  expect(error).toBeInstanceOf(SchemaRefusedError);
  expect(error).toMatchObject({ code: 'SCHEMA_UNSUPPORTED', hint: expect.any(String) });
  expect((error as SchemaRefusedError).message.length).toBeLessThan(600);
  expect((error as SchemaRefusedError).message).not.toMatch(/\d ms/);
});

test('compiles a huge enum and a wide schema', () => {
  const words = options(6000, (i) => `word ${i}`);
  const wide = Object.fromEntries(
    options(200, (i) => [`field_${i}`, { enum: options(8, (k) => `value ${k}`), description: 'x'.repeat(100) }] as const) as [
      string,
      unknown,
    ][],
  );
  for (const schema of [text({ enum: words }), { type: 'object', properties: wide, required: Object.keys(wide) }]) {
    expect(attempt(schema)).toBeUndefined();
  }
});

test('compiles many long patterns of whole scripts: characters that a pattern does not tell apart are worked on once', () => {
  const properties = Object.fromEntries(
    options(24, (i) => [`k${i}`, { type: 'string', pattern: `^[\\p{L}\\p{N} ]{1,${20 + i}}$` }] as const),
  );
  expect(attempt({ type: 'object', properties })).toBeUndefined();
});

test('thirty hostile schemas at once leave the event loop to others', async () => {
  const thread = new SchemaThread();
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const schemas = options(30, (i) => Object.values(hostile)[i % Object.keys(hostile).length] as Schema);
  const errors = await Promise.all(schemas.map((schema) => thread.compile(schema, decodingProfile()).catch((error: unknown) => error)));
  await thread.stop();
  isDone = true;
  for (const error of errors) expect(error).toMatchObject({ code: 'SCHEMA_UNSUPPORTED' });
  expect(turns).toBeGreaterThan(1000); // as many as the loop can make meanwhile: none of the work is its own
});
