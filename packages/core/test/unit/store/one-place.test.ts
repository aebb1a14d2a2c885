import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../../src');

/** Files of core that name something, relative to its source. */
function filesWith(pattern: RegExp): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && pattern.test(readFileSync(join(source, name), 'utf8')))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

it('asks in one place how much of a disk is free', () => {
  expect(filesWith(/\bstatfs\b/)).toEqual(['store/free-space.ts']);
});

it('swaps folders in one place', () => {
  expect(filesWith(/\.old`/)).toEqual(['store/replace-folder.ts']);
});
