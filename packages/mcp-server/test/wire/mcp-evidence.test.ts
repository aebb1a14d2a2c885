import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useServedFolder } from '../helpers/served-folder.ts';

const served = useServedFolder();

const schemaWith = (check: string): object => ({
  type: 'object',
  properties: { total: { type: 'string', 'x-check': check } },
  required: ['total'],
});

test('extract_json says where values stand on the page, and how the checks of the schema came out', async () => {
  const samples = new URL('../../../nano/samples/', import.meta.url);
  const [{ answer }] = JSON.parse(await readFile(new URL('index.json', samples), 'utf8')) as [{ answer: string }];
  await copyFile(new URL('00-read.png', samples), join(served.path, 'bill.png'));
  const total = /Total Rs\. (\S+)/.exec(answer)?.[1] ?? '';
  await served.start({ text: JSON.stringify({ total }) });
  const { structured, text } = await served.client.call('extract_json', { source: 'bill.png', schema: schemaWith('luhn'), evidence: true });
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
  await served.start({ text: '{"total":"1"}' });
  const { isError, text } = await served.client.call('extract_json', { source: 'receipt.png', schema: schemaWith('ibam') });
  expect([isError, text]).toEqual([true, expect.stringMatching(/no check "ibam"[\s\S]*Did you mean iban/)]);
});
