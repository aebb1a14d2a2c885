import { expect, test } from 'vitest';
import { png, runNode, runToProblem } from '../../helpers/run-node.ts';
import { startStubServer } from '../../helpers/stub-server.ts';

test('gives the answer, the model and the time', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: '90.34\n' }));
  const [item] = await runNode({ baseUrl: server.baseUrl, parameters: { operation: 'askQuestion' } });
  expect(item?.json).toEqual({ answer: '90.34', model: 'nano', durationMs: expect.any(Number) });
});

test('puts all images of the item before one question, with 1024 tokens', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  await runNode({
    baseUrl: server.baseUrl,
    items: [{ a: png, b: png }],
    parameters: { operation: 'askQuestion', binaryPropertyName: 'a,b', text: 'Which is newer?' },
  });
  expect(server.seen).toHaveLength(1);
  const content = server.seen[0]?.body?.messages[0]?.content;
  expect(Array.isArray(content) ? content.map((part) => part.type) : content).toEqual(['image_url', 'image_url', 'text']);
  expect(server.seen[0]?.body?.max_completion_tokens).toBe(1024);
});

test('marks an answer cut by the token limit', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'The total is', finishReason: 'length' }));
  const [item] = await runNode({ baseUrl: server.baseUrl, parameters: { operation: 'askQuestion' } });
  expect(item?.json.truncated).toBe(true);
});

test('refuses an empty question without asking the server', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  const problem = await runToProblem({ baseUrl: server.baseUrl, parameters: { operation: 'askQuestion', text: '  ' } });
  expect(problem.message).toBe('No question is asked');
  expect(server.seen).toHaveLength(0);
});
