import { expect, test } from 'vitest';
import { png, runNode, runToProblem } from '../helpers/run-node.ts';
import { startStubServer } from '../helpers/stub-server.ts';

test('takes a binary from an expression, also where the item has none', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  const binary = { data: png.toString('base64'), mimeType: 'image/png', fileName: 'form.png' };
  await runNode({ baseUrl: server.baseUrl, items: [{}], tool: 'agent-2', parameters: { binaryPropertyName: binary } });
  expect(server.seen[0]?.file).toEqual({ name: 'form.png', bytes: png });
});

test.each([
  ['version 2', 'agent-2', false],
  ['version 3', 'agent-3', false],
  ['version 2 of an n8n without isToolExecution', 'agent-2', true],
] as const)('an agent that hands over no file is told to use an expression: %s', async (_case, tool, isOld) => {
  const [item] = await runNode({ baseUrl: 'http://127.0.0.1:1', items: [{}], tool, isOld });
  expect(item?.json.error).toContain('An AI agent hands no files to its tools, so there is no document to read');
  expect(item?.json.error).toContain("{{ $('Webhook').item.binary.data }}");
});

test('a field that is not there is named', async () => {
  const problem = await runToProblem({ baseUrl: 'http://127.0.0.1:1', items: [{}, { data: png }] });
  expect(problem.message).toBe("The item has no file in the field 'data' [item 0]");
  expect(problem.context.itemIndex).toBe(0);
});

test('no field name at all is refused', async () => {
  const problem = await runToProblem({ baseUrl: 'http://127.0.0.1:1', parameters: { binaryPropertyName: ' , ' } });
  expect(problem.message).toBe('No field with a file is named');
});

test('a file that is no document is refused before anything is sent, whatever its field says it is', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  const problem = await runToProblem({ baseUrl: server.baseUrl, items: [{ data: Buffer.from('PK\x03\x04') }] });
  expect(problem.message).toBe("'data.png' is a ZIP or Office file");
  expect(server.seen).toHaveLength(0);
});
