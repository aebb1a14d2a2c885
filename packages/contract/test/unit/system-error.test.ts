import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { describeSystemError } from '../../src/index.ts';

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

it('says why the system refused, without the path that the sentence has named', () => {
  expect(describeSystemError(failureOf(() => readFileSync('/no/such, file')))).toBe('no such file or directory (ENOENT)');
  expect(describeSystemError(failureOf(() => readFileSync(tmpdir())))).toBe('illegal operation on a directory (EISDIR)');
});

it('leaves other messages as they are', () => {
  expect(describeSystemError(new Error('It broke.'))).toBe('It broke');
  expect(describeSystemError('so')).toBe('so');
});
