import { endVerdict } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { pdf, png, runNode, runToProblem } from '../../helpers/run-node.ts';
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

test('asks about each page of a PDF, as one item or one per page', async () => {
  const pages = ['7', '8'].map((text, index) => ({ page: index + 1, text, verdict: endVerdict('stop'), warnings: [] }));
  await using server = await startStubServer(() => ({ type: 'pages', pages }));
  const parameters = { operation: 'askQuestion', text: 'Total?' };
  const [whole] = await runNode({ baseUrl: server.baseUrl, items: [{ data: pdf }], parameters });
  expect(whole?.json).toMatchObject({
    answer: '7\n\n8',
    pageCount: 2,
    pages: [
      { page: 1, answer: '7' },
      { page: 2, answer: '8' },
    ],
  });
  expect(server.seen[0]).toMatchObject({ path: '/v1/ask', form: { question: 'Total?', model: 'nano' } });
  const items = await runNode({
    baseUrl: server.baseUrl,
    items: [{ data: pdf }],
    parameters: { ...parameters, options: { output: 'pages' } },
  });
  expect(items.map(({ json }) => [json.page, json.answer])).toEqual([
    [1, '7'],
    [2, '8'],
  ]);
});

test('a PDF beside another file is refused: they cannot share a question', async () => {
  const parameters = { operation: 'askQuestion', binaryPropertyName: 'a,b' };
  const problem = await runToProblem({ baseUrl: 'http://127.0.0.1:1', items: [{ a: png, b: pdf }], parameters });
  expect(problem.message).toBe("'b.png' cannot share a question with other files");
});
