import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeEngine } from '../helpers/fake-model.ts';
import { connectClient, type TestClient } from '../helpers/mcp-clients.ts';
import { makeFolder, type RunningServer, startHttp } from '../helpers/start-server.ts';

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: RunningServer;
let client: TestClient;

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(async () => {
  await client.close();
  await server.stop();
  await folder.remove();
});

async function start(text: string): Promise<void> {
  server = await startHttp(fakeEngine({ text }), ['--root', folder.path]);
  client = await connectClient('v2 2026-07-28', { url: server.url });
}

const schemaWith = (check: string): object => ({
  type: 'object',
  properties: { total: { type: 'string', 'x-check': check } },
  required: ['total'],
});

test('extract_json says where values stand on the page, and how the checks of the schema came out', async () => {
  const samples = new URL('../../../nano/samples/', import.meta.url);
  const [{ answer }] = JSON.parse(await readFile(new URL('index.json', samples), 'utf8')) as [{ answer: string }];
  await copyFile(new URL('00-read.png', samples), join(folder.path, 'bill.png'));
  const total = /Total Rs\. (\S+)/.exec(answer)?.[1] ?? '';
  await start(JSON.stringify({ total }));
  const { structured, text } = await client.call('extract_json', { source: 'bill.png', schema: schemaWith('luhn'), evidence: true });
  expect(structured).toMatchObject({
    valid: true,
    data: { total },
    evidence: [{ path: 'total', match: 'exact', page: 1, places: [{ text: expect.stringContaining(total) }] }],
    checks: [{ paths: ['total'], check: 'luhn', outcome: 'failed' }],
    support: 1,
  });
  // What the page says stands within the fence, as everything of the document does.
  const [, fenced = ''] = /<document-text \w+>\n([\s\S]*)\n<\/document-text/.exec(text) ?? [];
  expect(JSON.parse(fenced)).toMatchObject({ data: { total }, evidence: [{ match: 'exact' }] });
});

test('extract_json refuses a check that does not exist', async () => {
  await start('{"total":"1"}');
  const { isError, text } = await client.call('extract_json', { source: 'receipt.png', schema: schemaWith('ibam') });
  expect([isError, text]).toEqual([true, expect.stringMatching(/no check "ibam"[\s\S]*Did you mean iban/)]);
});
