import { endVerdict } from '@h2ovl/contract';
import { writePage } from '@h2ovl/contract/wire';
import { expect, it } from 'vitest';
import { jsonSchema } from '../../src/index.ts';

it('jsonSchema and pages of the wire agree with what the server writes', () => {
  expect(jsonSchema({ type: 'object' })['~standard'].vendor).toBe('h2ovl');
  const page = { page: 1, text: 'a', verdict: endVerdict('stop'), warnings: [] };
  expect(writePage({ ...page, document: undefined as never })).toEqual(page);
});
