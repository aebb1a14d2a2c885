import { jsonSchema, type OutputSchema, VisionError, type VisionModel } from '@h2ovl/core';
import { VisionClient } from '@h2ovl/sdk';
import { createH2ovl, toLanguageModel } from '@h2ovl/sdk/ai-sdk';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { Output, streamObject, streamText } from 'ai';
import { type } from 'arktype';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type RunningServer, startHttp } from '../../mcp-server/test/helpers/start-server.ts';
import { openRecordingModel } from './helpers/recording-model.ts';

// The packages that people write their schemas with, in this process and against a served server: types, the schema that is held, the check, growing objects.

const answer = {
  shop: 'Café "A"',
  lines: [
    { name: 'tea', price: 2.5 },
    { name: 'milk', price: 1 },
  ],
  total: 3.5,
};
const lines = '"lines": [{"name": "tea", "price": 2.5}, {"name": "milk", "price": 1}]';
const shop = '"shop": "Café \\"A\\""';
const written = { asDeclared: `{${shop}, ${lines}, "total": 3.5}`, byName: `{${lines}, ${shop}, "total": 3.5}` };

const zodReceipt = z.object({
  shop: z.string().describe('as printed'),
  lines: z.array(z.object({ name: z.string(), price: z.number() })),
  total: z.number().min(0),
  currency: z.enum(['EUR', 'USD']).default('EUR'),
});
const valibotReceipt = toStandardJsonSchema(
  v.object({
    shop: v.string(),
    lines: v.array(v.object({ name: v.string(), price: v.number() })),
    total: v.pipe(v.number(), v.minValue(0)),
    currency: v.optional(v.picklist(['EUR', 'USD']), 'EUR'),
  }),
);
const arktypeReceipt = type({
  shop: 'string',
  lines: type({ name: 'string', price: 'number' }).array(),
  total: 'number >= 0',
  currency: "'EUR' | 'USD' = 'EUR'",
});

interface Receipt {
  shop: string;
  lines: { name: string; price: number }[];
  total: number;
  currency: 'EUR' | 'USD';
}

interface Opened {
  readonly local: VisionModel;
  readonly served: VisionModel;
}

const servers: RunningServer[] = [];
const opened = {} as Record<keyof typeof written, Opened>;

beforeAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = false; // they would go to the console
  for (const order of ['asDeclared', 'byName'] as const) {
    const { model } = await openRecordingModel(written[order]);
    const server = await startHttp({ load: () => async () => model, makeOutputSchema: (given) => jsonSchema(given) });
    servers.push(server);
    opened[order] = { local: model, served: new VisionClient({ baseURL: server.url }).model('fake') };
  }
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

it('infers the type of the object from the schema', () => {
  const typesOf = (model: VisionModel) => ({
    zod: () => model.generate({ prompt: '', schema: zodReceipt }).then(({ object }) => object),
    valibot: () => model.generate({ prompt: '', schema: valibotReceipt }).then(({ object }) => object),
    arktype: () => model.generate({ prompt: '', schema: arktypeReceipt }).then(({ object }) => object),
  });
  type Types = ReturnType<typeof typesOf>;
  expectTypeOf<Awaited<ReturnType<Types['zod']>>>().toEqualTypeOf<Receipt>();
  expectTypeOf<Awaited<ReturnType<Types['valibot']>>>().toEqualTypeOf<Receipt>();
  expectTypeOf<Awaited<ReturnType<Types['arktype']>>>().toEqualTypeOf<Receipt>();
});

const places = [
  ['in this process', (open: Opened) => open.local],
  ['served', (open: Opened) => open.served],
] as const;

describe.each<[string, OutputSchema<Receipt>, keyof typeof written]>([
  ['zod', zodReceipt, 'asDeclared'],
  ['Valibot', valibotReceipt, 'asDeclared'],
  ['ArkType', arktypeReceipt, 'byName'], // it sorts the members
])('a schema of %s', (_, schema, order) => {
  it.each(places)('is held, checked and filled with its defaults, %s', async (__, choose) => {
    const { object, text } = await choose(opened[order]).generate({ prompt: 'Read.', schema });
    expect(object).toEqual({ ...answer, currency: 'EUR' });
    expect(text).toBe(written[order]);
  });

  it.each(places)('grows while it is written, %s', async (__, choose) => {
    const stream = choose(opened[order]).stream({ prompt: 'Read.', schema });
    const partials: unknown[] = [];
    for await (const partial of stream.partialObjectStream) partials.push(structuredClone(partial));
    expect(partials.length).toBeGreaterThan(4);
    expect(partials).toContainEqual(order === 'byName' ? { lines: answer.lines } : { shop: answer.shop });
    expect(partials.at(-1)).toEqual({ ...answer, currency: 'EUR' });
  });
});

it('checks the conditions of a library that JSON Schema cannot say, after the answer', async () => {
  const schema = zodReceipt.refine(({ shop }) => shop === 'another', { path: ['shop'], message: 'never this shop' });
  for (const model of Object.values(opened.asDeclared)) {
    const error: unknown = await model.generate({ prompt: 'Read.', schema }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'OUTPUT_INVALID', issues: [{ path: ['shop'], message: 'never this shop' }] });
  }
});

it('says what a library cannot express', async () => {
  const schema = toStandardJsonSchema(v.object({ when: v.date() }));
  const error: unknown = await opened.asDeclared.local.generate({ prompt: 'Read.', schema }).catch((reason: unknown) => reason);
  expect(VisionError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', param: 'schema', message: expect.stringContaining('valibot') });
});

describe.each([
  ['in this process', () => toLanguageModel(opened.asDeclared.local)],
  ['served', () => createH2ovl({ baseURL: (servers[0] as RunningServer).url })('fake')],
] as const)('the AI SDK %s', (_, open) => {
  const shape = z.object({ shop: z.string(), lines: z.array(z.object({ name: z.string(), price: z.number() })), total: z.number() });

  it('streamObject shows the object as it grows', async () => {
    const { partialObjectStream, object } = streamObject({ model: open(), schema: shape, prompt: 'Read.' });
    const partials: unknown[] = [];
    for await (const partial of partialObjectStream) partials.push(structuredClone(partial));
    expect(partials.length).toBeGreaterThan(5);
    expect(partials).toContainEqual({ shop: answer.shop, lines: [answer.lines[0], {}] });
    expect(partials.at(-1)).toEqual(answer);
    expect(await object).toEqual(answer);
  });

  it('streamText with Output.object does, too', async () => {
    const { partialOutputStream } = streamText({ model: open(), output: Output.object({ schema: shape }), prompt: 'Read.' });
    const partials: unknown[] = [];
    for await (const partial of partialOutputStream) partials.push(structuredClone(partial));
    expect(partials.length).toBeGreaterThan(5);
    expect(partials.at(-1)).toEqual(answer);
  });
});
