import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type GenerationEvent, jsonSchema, OutputInvalidError, type OutputSchema, VisionClient } from '../../src/index.ts';
import { readJsonSchema } from '../../src/output-schema.ts';
import { beginStream, chunk, endStream, sendError, sendStream, startStubServer, writeData } from '../helpers/stub-server.ts';

const Receipt = z.object({ shop: z.string(), total: z.number(), currency: z.string().default('EUR') });
const receiptSchema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] };

describe('readJsonSchema', () => {
  it('takes the shape before defaults, since that is what the model writes', () => {
    expect(readJsonSchema(Receipt)).toMatchObject({ type: 'object', required: ['shop', 'total'] });
  });

  it('gives a plain JSON Schema back as a copy', () => {
    const copy = readJsonSchema(jsonSchema(receiptSchema));
    expect(copy).toEqual(receiptSchema);
    expect(copy).not.toBe(receiptSchema);
  });

  it('refuses values that are no schema, and schemas JSON cannot express', () => {
    for (const schema of [{ type: 'object' }, null, { '~standard': {} }]) {
      expect(() => readJsonSchema(schema as unknown as OutputSchema)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'schema' }),
      );
    }
    expect(() => readJsonSchema(z.object({ when: z.date() }))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'schema' }),
    );
  });
});

describe('generate with a schema', () => {
  it('sends it as response_format and returns the checked object, defaults applied', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['{"shop":"A",', '"total":9.5}'] }));
    const result = await new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: 'Read.', schema: Receipt });
    expect(result.object).toEqual({ shop: 'A', total: 9.5, currency: 'EUR' });
    expect(result.text).toBe('{"shop":"A","total":9.5}');
    expect(server.seen[0]?.body?.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: { required: ['shop', 'total'] } },
    });
  });

  it('names the values that reached a bound', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      writeData(response, chunk({ content: '{"total":9.5}' }));
      writeData(response, chunk({}, { h2ovl: { finish_reason: 'stop', truncated: ['items[3]'] } }, 'stop'));
      writeData(response, '[DONE]');
      response.end();
    });
    const answer = await new VisionClient({ baseURL: server.url })
      .model('nano')
      .generate({ prompt: '', schema: jsonSchema(receiptSchema) });
    expect(answer.truncated).toEqual(['items[3]']);
  });

  it('shows the object as it grows', async () => {
    await using server = await startStubServer(async (response) => {
      beginStream(response);
      for (const content of ['{"total"', ': 9', '.5}']) {
        writeData(response, chunk({ content }));
        await new Promise((resolve) => setTimeout(resolve, 40)); // a state that nobody took in time is left out
      }
      endStream(response);
    });
    const model = new VisionClient({ baseURL: server.url }).model('nano');
    const partials: unknown[] = [];
    for await (const partial of model.stream({ prompt: '', schema: jsonSchema<{ total: number }>(receiptSchema) }).partialObjectStream)
      partials.push(partial);
    expect(partials).toEqual([{}, { total: 9.5 }]); // `: 9` says nothing yet: it may become 95
    const types: GenerationEvent['type'][] = [];
    for await (const event of model.stream({ prompt: '', schema: jsonSchema(receiptSchema) })) types.push(event.type);
    expect(types.slice(-3)).toEqual(['text-delta', 'object-delta', 'finish']);
  });

  it('runs the schema’s own checks, which JSON Schema does not carry, and keeps the text of an answer that does not fit', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['{"shop":1}'] }));
    const error = await new VisionClient({ baseURL: server.url })
      .model('nano')
      .generate({ prompt: '', schema: Receipt })
      .catch((reason: unknown) => reason);
    expect(OutputInvalidError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: 'OUTPUT_INVALID', response: undefined, text: '{"shop":1}', finishReason: 'stop' });
    expect((error as OutputInvalidError).issues.map((issue) => issue.path)).toEqual([['shop'], ['total']]);
    expect((error as Error).message).toContain('2 places');
  });

  it('tells a cut answer from one that is no JSON', async () => {
    await using server = await startStubServer((response, request) =>
      request.body?.model === 'cut'
        ? sendStream(response, { deltas: ['{"total":'], finishReason: 'length' })
        : sendStream(response, { deltas: ['Sorry.'] }),
    );
    const client = new VisionClient({ baseURL: server.url });
    const schema = jsonSchema(receiptSchema);
    await expect(client.model('cut').generate({ prompt: '', schema })).rejects.toMatchObject({
      message: 'The answer was cut at its limit after 7 tokens and is not whole JSON.',
      hint: 'Raise maxOutputTokens.',
      finishReason: 'length',
      text: '{"total":',
    });
    await expect(client.model('nano').generate({ prompt: '', schema })).rejects.toMatchObject({
      message: 'The answer is not JSON.',
      text: 'Sorry.',
    });
  });

  it('names what helps against the end that an answer had', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      writeData(response, chunk({ content: '{"total":' }));
      writeData(response, chunk({}, { h2ovl: { finish_reason: 'stop-sequence' } }, 'stop'));
      writeData(response, '[DONE]');
      response.end();
    });
    const answer = new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: '', schema: jsonSchema(receiptSchema) });
    await expect(answer).rejects.toMatchObject({
      message: expect.stringMatching(/cut by a stop sequence/),
      hint: 'Leave stopSequences out.',
    });
  });

  it('turns the server’s 422 into the same error, before and inside the stream', async () => {
    const error = {
      code: 'OUTPUT_INVALID' as const,
      message: 'It does not fit.',
      output: { text: '{}', finish_reason: 'stop' as const, issues: [{ path: ['total'], message: 'is missing' }] },
    };
    await using server = await startStubServer((response, request) => {
      if (request.body?.model === 'before') return sendError(response, 422, error);
      beginStream(response);
      writeData(response, { error });
      response.end();
    });
    const client = new VisionClient({ baseURL: server.url });
    for (const id of ['before', 'inside']) {
      const reason = await client
        .model(id)
        .generate({ prompt: '', schema: jsonSchema(receiptSchema) })
        .catch((caught: unknown) => caught);
      expect(OutputInvalidError.isInstance(reason), id).toBe(true);
      expect(reason).toMatchObject({
        response: { status: 422 },
        code: 'OUTPUT_INVALID',
        text: '{}',
        issues: [{ path: ['total'], message: 'is missing' }],
      });
    }
  });
});
