import { expect, test } from 'vitest';
import { png, runNode } from '../../helpers/run-node.ts';
import { startStubServer } from '../../helpers/stub-server.ts';

test('gives the text, one page per image, the model and the time, linked to the input item', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: ' Total 9.50\n' }));
  const [item] = await runNode({ baseUrl: server.baseUrl });
  expect(item?.json).toEqual({
    text: 'Total 9.50',
    pages: [{ page: 1, text: 'Total 9.50' }],
    pageCount: 1,
    model: 'nano',
    durationMs: expect.any(Number),
  });
  expect(item?.pairedItem).toEqual({ item: 0 });
});

test('sends the image as a data URL before the default instruction, with 4096 tokens', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  await runNode({ baseUrl: server.baseUrl });
  expect(server.seen[0]?.body).toEqual({
    model: 'nano',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } },
          { type: 'text', text: 'Read the text in the image.' },
        ],
      },
    ],
    max_completion_tokens: 4096,
    end_blank_runs: true,
  });
});

test('passes Prompt, Max Tokens and Max Tiles on', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'x' }));
  await runNode({ baseUrl: server.baseUrl, parameters: { options: { prompt: 'Read the totals.', maxTokens: 5, maxTiles: 2 } } });
  const body = server.seen[0]?.body;
  expect(body).toMatchObject({ max_completion_tokens: 5, max_tiles: 2 });
  expect(JSON.stringify(body?.messages)).toContain('Read the totals.');
});

test('reads several fields one after the other, as pages of one document', async () => {
  const texts = ['first', 'second'];
  await using server = await startStubServer(() => ({ type: 'text', text: texts.shift() ?? 'too many' }));
  const [item] = await runNode({
    baseUrl: server.baseUrl,
    items: [{ front: png, back: png }],
    parameters: { binaryPropertyName: 'front, back' },
  });
  expect(item?.json).toMatchObject({
    text: 'first\n\nsecond',
    pageCount: 2,
    pages: [
      { page: 1, text: 'first' },
      { page: 2, text: 'second' },
    ],
  });
});

test('marks the page and the item whose text was cut by the token limit', async () => {
  await using server = await startStubServer(() => ({ type: 'text', text: 'Tot', finishReason: 'length' }));
  const [item] = await runNode({ baseUrl: server.baseUrl });
  expect(item?.json).toMatchObject({ truncated: true, pages: [{ page: 1, text: 'Tot', truncated: true }] });
});
