import type { IExecuteFunctions, ILoadOptionsFunctions } from 'n8n-workflow';
import { expect, test } from 'vitest';
import { H2ovl } from '../../nodes/H2ovl/H2ovl.node.ts';
import { createContext } from '../helpers/fake-context.ts';
import { png, runNode, runToProblem } from '../helpers/run-node.ts';
import { startStubServer } from '../helpers/stub-server.ts';

test('names that stored workflows hold never change', () => {
  const { description } = new H2ovl();
  expect(description).toMatchObject({
    name: 'h2ovl',
    displayName: 'H2OVL Mississippi',
    credentials: [{ name: 'h2ovlApi', required: true }],
  });
  expect(description.properties.map(({ name }) => name)).toEqual([
    'operation',
    'model',
    'binaryPropertyName',
    'text',
    'schemaType',
    'preset',
    'attributes',
    'jsonSchemaExample',
    'inputSchema',
    'options',
  ]);
});

test('on fail continue: the bad item holds what happened, the others are read', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  const output = await runNode({ baseUrl: server.baseUrl, items: [{ data: png }, {}, { data: png }], continueOnFail: true });
  expect(output.map(({ json }) => json.text ?? json.error)).toEqual([
    'x',
    expect.stringContaining("The item has no file in the field 'data' [item 1]. Check Input Data Field Name(s)"),
    'x',
  ]);
  expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
  expect(Object.keys(output[1]?.json ?? {})).toEqual(['error']); // what n8n looks for to route it to the error output
});

test('without it the first bad item stops the run and is named', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  const problem = await runToProblem({ baseUrl: server.baseUrl, items: [{ data: png }, {}] });
  expect(problem.context.itemIndex).toBe(1);
  expect(problem.message).toMatch(/ \[item 1\]$/);
});

test.each([
  [undefined, 4],
  [1, 1],
  [2, 2],
  [9, 9],
])('items in flight: with %s, %i requests at a time, and the output keeps the order of the items', async (itemsInFlight, most) => {
  let release = (): void => {};
  const isFull = new Promise<void>((resolve) => {
    release = resolve;
  });
  let count = 0;
  // Nothing is answered before as many are there as there should be.
  await using server = await startStubServer(({ file }) => {
    count += 1;
    if (count === most) release();
    return { type: 'text', text: String(file?.bytes.at(-1)), after: isFull };
  });
  const items = Array.from({ length: 12 }, (_, index) => ({ data: Buffer.concat([png, Buffer.from([index])]) }));
  const output = await runNode({ baseUrl: server.baseUrl, items, parameters: { options: { itemsInFlight } } });
  expect(output.map(({ json }) => json.text)).toEqual(items.map((_, index) => String(index)));
  expect(output.map(({ pairedItem }) => pairedItem?.item)).toEqual(items.map((_, index) => index));
  expect(server.mostAtOnce).toBe(most);
});

test('a bad item stops those in work, and none is begun after it', async () => {
  const bad = Buffer.concat([png, Buffer.from('bad')]);
  await using server = await startStubServer(({ file }) =>
    file?.bytes.equals(bad) === true ? { type: 'refusal', status: 400 } : { type: 'silence' },
  );
  const items = [png, png, bad, png, png].map((data) => ({ data }));
  const problem = await runToProblem({ baseUrl: server.baseUrl, items, parameters: { options: { itemsInFlight: 3 } } });
  expect([problem.context.itemIndex, problem.httpCode]).toEqual([2, '400']);
  await expect.poll(() => server.closedEarly).toBe(2);
  expect(server.seen).toHaveLength(3);
});

test('as a tool of an agent nothing is thrown: the agent is told what happened', async () => {
  const binary = { data: png.toString('base64'), mimeType: 'image/png' };
  const [item] = await runNode({ baseUrl: 'http://127.0.0.1:9', tool: 'agent-3', parameters: { binaryPropertyName: binary } });
  expect(item?.json.error).toMatch(/^Nothing listens at http:\/\/127\.0\.0\.1:9\. Start the server/);
});

test('Stop closes the connection and ends the run, also where the node continues on fail', async () => {
  await using server = await startStubServer(() => ({ type: 'silence' }));
  const controller = new AbortController();
  const run = runToProblem({
    baseUrl: server.baseUrl,
    items: [{ data: png }, { data: png }],
    continueOnFail: true,
    signal: controller.signal,
    parameters: { options: { itemsInFlight: 1 } },
  });
  await expect.poll(() => server.seen.length).toBe(1);
  controller.abort();
  expect((await run).message).toMatch(/^The run was stopped while the server was reading/);
  await expect.poll(() => server.closedEarly).toBe(1);
  expect(server.seen).toHaveLength(1);
});

test('Stop between two images of one item asks for no further one', async () => {
  const controller = new AbortController();
  await using server = await startStubServer(() => {
    controller.abort();
    return { type: 'silence' };
  });
  const parameters = { binaryPropertyName: 'a,b' };
  await runToProblem({ baseUrl: server.baseUrl, items: [{ a: png, b: png }], parameters, signal: controller.signal });
  expect(server.seen).toHaveLength(1);
});

test('runs on an n8n that has no cancel signal yet', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  const [item] = await runNode({ baseUrl: server.baseUrl, isOld: true });
  expect(item?.json.text).toBe('x');
});

test('an empty model is the first one the server lists, asked for once per run', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }), ['0.8b', 'nano']);
  const output = await runNode({ baseUrl: server.baseUrl, items: [{ data: png }, { data: png }], parameters: { model: '' } });
  expect(output.map(({ json }) => json.model)).toEqual(['0.8b', '0.8b']);
  expect(server.seen.map(({ path }) => path)).toEqual(['/v1/models', '/v1/read', '/v1/read']);
});

test('an empty model and a server without models: says how to start it with one', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }), []);
  const problem = await runToProblem({ baseUrl: server.baseUrl, parameters: { model: '' } });
  expect(problem.message).toBe('The server lists no model');
});

test('an operation of another version is refused by name', async () => {
  const problem = await runToProblem({ baseUrl: 'http://127.0.0.1:1', parameters: { operation: 'classify' } });
  expect(problem.message).toBe("The operation 'classify' is not known");
});

test('the model list comes from the server and is searched without regard to case', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }), ['nano', '0.8B', '2b']);
  const context = createContext({ baseUrl: server.baseUrl });
  const search = new H2ovl().methods.listSearch?.searchModels;
  expect(await search?.call(context as ILoadOptionsFunctions)).toEqual({
    results: [
      { name: 'nano', value: 'nano' },
      { name: '0.8B', value: '0.8B' },
      { name: '2b', value: '2b' },
    ],
  });
  expect(await search?.call(context as ILoadOptionsFunctions, '8b')).toEqual({ results: [{ name: '0.8B', value: '0.8B' }] });
});

test('a key goes out as a bearer token, and /v1 at the end of the address is not doubled', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  await runNode({ baseUrl: `${server.baseUrl}/v1/`, apiKey: ' secret ' });
  expect(server.seen[0]).toMatchObject({ path: '/v1/read', headers: { authorization: 'Bearer secret' } });
});

test('without a key no Authorization header goes out', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  await new H2ovl().execute.call(createContext({ baseUrl: server.baseUrl, items: [{ data: png }] }) as IExecuteFunctions);
  expect(server.seen[0]?.headers.authorization).toBeUndefined();
});

test('a model list that takes too long does not point at an option the editor does not use', async () => {
  const context = createContext({
    baseUrl: 'http://h',
    requestError: Object.assign(new Error('timeout of 30000ms exceeded'), { code: 'ECONNABORTED' }),
  });
  const search = new H2ovl().methods.listSearch?.searchModels?.call(context as ILoadOptionsFunctions);
  await expect(search).rejects.toMatchObject({
    message: 'The server at http://h gave no answer within 30 s',
    description: 'Look at the output of the server, then try again.',
  });
});

test('the wait for the default model ends with the timeout of the item', async () => {
  const requestError = Object.assign(new Error('timeout of 2000ms exceeded'), { code: 'ECONNABORTED' });
  const problem = await runToProblem({ baseUrl: 'http://h', requestError, parameters: { model: '', options: { timeout: 2 } } });
  expect(problem.message).toBe('The server at http://h gave no answer within 2 s');
});
