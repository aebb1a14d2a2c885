import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presets } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { parseArguments } from '../../../src/parse-arguments.ts';
import { UsageError } from '../../../src/usage-error.ts';

function request(...args: readonly string[]): Record<string, unknown> {
  const parsed = parseArguments(['extract', ...args], { env: {}, h2ovl: 'h2ovl', version: '1.2.3' });
  if (parsed.type !== 'run') throw new Error(`printed ${parsed.text}`);
  return parsed.invocation.request as Record<string, unknown>;
}

function usage(...args: readonly string[]): string {
  try {
    request(...args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no error';
}

test('takes names with types, a preset or a file, and one of them', () => {
  expect(request('a.png', '--fields', 'company, date:date,total:number').schema).toMatchObject({
    properties: { company: { type: ['string', 'null'] }, date: { description: 'date as printed' }, total: { type: ['number', 'null'] } },
  });
  expect(request('a.png', '--preset', 'receipt').schema).toBe(presets.receipt);
  const file = join(mkdtempSync(join(tmpdir(), 'h2ovl-')), 'schema.json');
  writeFileSync(file, '{ "total": "number" }');
  expect(request('a.png', '--schema', file).schema).toMatchObject({ properties: { total: { type: ['number', 'null'] } } });
  writeFileSync(file, '{ "total": ');
  expect(usage('a.png', '--schema', file)).toContain('is not JSON');
  expect(usage('a.png')).toContain('give one of --schema, --fields and --preset');
  expect(usage('a.png', '--fields', 'a', '--preset', 'receipt')).toContain('give one of');
  expect(usage('a.png', '--preset', 'recipe')).toContain('receipt');
  expect(usage('a.png', '--fields', 'a:money')).toContain('The field a');
  expect(usage('a.png', '--fields', 'a,a')).toContain('names that differ');
  expect(usage('a.png', '--schema', join(tmpdir(), 'no such file.json'))).toContain('cannot be read');
});

test('writes one object for one file, and lines for several, unless told otherwise', () => {
  expect(request('a.png', '--fields', 'a').form).toBe('json');
  expect(request('a.png', 'b.png', '--fields', 'a').form).toBe('jsonl');
  expect(request('a.png', 'b.png', '--fields', 'a', '--format', 'csv').form).toBe('csv');
});
