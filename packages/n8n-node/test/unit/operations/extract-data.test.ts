import { endVerdict, type LineBox } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import type { ContextOptions } from '../../helpers/fake-context.ts';
import { pdf, runNode, runToProblem } from '../../helpers/run-node.ts';
import { type Reply, startStubServer } from '../../helpers/stub-server.ts';

const attributes = [
  { name: 'company', type: 'string', description: 'The shop', required: true },
  { name: 'total', type: 'number', description: '', required: false },
];

const misfit: Reply = {
  type: 'refusal',
  status: 422,
  error: {
    message: 'The answer does not fit the schema.',
    type: 'invalid_request_error',
    param: 'response_format',
    code: 'OUTPUT_INVALID',
    output: { text: '{"company":3}', finish_reason: 'stop', issues: [{ path: ['company'], message: 'must be string' }] },
  },
};

function extract(baseUrl: string, options: Readonly<Record<string, unknown>> = {}): ContextOptions {
  return { baseUrl, parameters: { operation: 'extractData', 'attributes.attributes': attributes, options } };
}

test('gives an object, not a string, and says that it is valid', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: '{"company":"Carter & King","total":null}' }));
  const [item] = await runNode(extract(server.baseUrl));
  expect(item?.json).toEqual({
    output: { company: 'Carter & King', total: null },
    valid: true,
    issues: [],
    model: 'nano',
    durationMs: expect.any(Number),
  });
});

test('sends the schema for the server to hold the answer to', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: '{"company":"x","total":1}' }));
  await runNode(extract(server.baseUrl));
  expect(server.seen[0]?.body?.response_format).toEqual({
    type: 'json_schema',
    json_schema: {
      name: 'answer',
      strict: true,
      schema: {
        type: 'object',
        properties: { company: { type: 'string', description: 'The shop' }, total: { type: ['number', 'null'] } },
        required: ['company', 'total'],
        additionalProperties: false,
      },
    },
  });
});

test('a 422 stops the item and names what does not fit', async () => {
  await using server = await startStubServer(() => misfit);
  const problem = await runToProblem(extract(server.baseUrl));
  expect(problem.message).toBe('The answer of the model does not fit the schema');
  expect(problem.description).toContain('company: must be string');
  expect(problem.httpCode).toBe('422');
});

test('with the option, a 422 becomes an item with valid false and the issues', async () => {
  await using server = await startStubServer(() => misfit);
  const [item] = await runNode(extract(server.baseUrl, { keepMisfits: true }));
  expect(item?.json).toMatchObject({ output: { company: 3 }, valid: false, issues: ['company: must be string'] });
});

test('an answer that is not JSON at all is kept as text, never as output', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'I see a shop.' }));
  const [item] = await runNode(extract(server.baseUrl, { keepMisfits: true }));
  expect(item?.json).toMatchObject({ output: null, valid: false, issues: ['answer: is not a JSON object'], text: 'I see a shop.' });
});

test('an answer that was cut keeps what came of it, with the option', async () => {
  const error = {
    ...misfit.error,
    output: {
      text: '{"company":"Ca',
      finish_reason: 'length',
      issues: [{ path: [], message: 'is not complete' }],
      partial: { company: 'Ca' },
    },
  };
  await using server = await startStubServer(() => ({ ...misfit, error, isLate: true }) as Reply);
  const [item] = await runNode(extract(server.baseUrl, { keepMisfits: true }));
  expect(item?.json).toMatchObject({ output: { company: 'Ca' }, valid: false, issues: ['is not complete'], truncated: true });
  const problem = await runToProblem(extract(server.baseUrl));
  expect(problem.message).toBe('The answer of the model does not fit the schema');
});

test('takes an object from each page of a PDF, as one item or one per page; a page that does not fit is named', async () => {
  const output = { text: '{"company":3}', finishReason: 'stop', issues: [{ path: ['company'], message: 'must be string' }] };
  const pages = [
    { page: 1, text: '{"company":"A"}', object: { company: 'A' }, verdict: endVerdict('stop'), warnings: [] },
    {
      page: 2,
      text: '',
      verdict: { ...endVerdict('stop'), kind: 'failed' as const },
      warnings: [],
      error: { code: 'OUTPUT_INVALID', message: 'It does not fit.', output },
    },
  ];
  await using server = await startStubServer(() => ({ type: 'pages', pages }));
  const on = (options: Readonly<Record<string, unknown>>): ContextOptions => ({
    ...extract(server.baseUrl, options),
    items: [{ data: pdf }],
  });
  const [whole] = await runNode(on({}));
  const fits = { page: 1, output: { company: 'A' }, valid: true, issues: [] };
  expect(whole?.json).toMatchObject({
    pageCount: 2,
    failedPages: [2],
    pages: [fits, { page: 2, output: null, valid: false, issues: ['company: must be string'], error: 'It does not fit.' }],
  });
  const items = await runNode(on({ output: 'pages', keepMisfits: true }));
  expect(items.map(({ json }) => json)).toMatchObject([
    fits,
    { page: 2, output: { company: 3 }, valid: false, issues: ['company: must be string'] },
  ]);
  expect(items[1]?.json.error).toBeUndefined();
  expect(server.seen[0]?.path).toBe('/v1/extract');
  expect(JSON.parse(server.seen[0]?.form.schema ?? '')).toMatchObject({ required: ['company', 'total'] });
});

test('a PDF of one page gives its object where an image would', async () => {
  const pages = [{ page: 1, text: '{"company":"A"}', object: { company: 'A' }, verdict: endVerdict('stop'), warnings: [] }];
  await using server = await startStubServer(() => ({ type: 'pages', pages }));
  const [item] = await runNode({ ...extract(server.baseUrl), items: [{ data: pdf }] });
  expect(item?.json).toMatchObject({ output: { company: 'A' }, valid: true, issues: [], pages: [{ page: 1 }] });
});

test('with the option, an image says where its values stand', async () => {
  const box: LineBox = [
    [1, 2],
    [9, 2],
    [9, 8],
    [1, 8],
  ];
  const evidence = [{ path: 'company', match: 'exact' as const, page: 1, places: [{ text: 'A', boxes: [box] }] }];
  const checks = [{ paths: ['total'], check: 'sum', outcome: 'failed' as const, message: 'It does not add up.' }];
  const support = { share: 0.5, unseen: [], missing: [], notJudged: 0 };
  const found = { evidence, checks, support };
  const pages = [{ page: 1, text: '{"company":"A"}', object: { company: 'A' }, ...found, verdict: endVerdict('stop'), warnings: [] }];
  await using server = await startStubServer(() => ({ type: 'pages', pages }));
  const [item] = await runNode(extract(server.baseUrl, { evidence: true }));
  expect(item?.json).toMatchObject({ output: { company: 'A' }, valid: true, evidence, checks, support: 0.5 });
  expect([server.seen[0]?.path, server.seen[0]?.form.evidence]).toEqual(['/v1/extract', 'true']);
});
