import { expect, test } from 'vitest';
import { compileGlob, hasMagic } from '../../../src/inputs/compile-glob.ts';

const paths = ['a.pdf', 'b.PNG', 'b.png', '.hidden.pdf', 'x/a.pdf', 'x/y/b.tif', 'x/.git/c.pdf', 'a[1].pdf', 'ab.pdf'];
const matching = (pattern: string): string[] => paths.filter(compileGlob(pattern).matches);

test.each<[string, string[]]>([
  ['*.pdf', ['a.pdf', 'a[1].pdf', 'ab.pdf']],
  ['?.p[dn][fg]', ['a.pdf', 'b.png']],
  ['?.p[!n]*', ['a.pdf']],
  ['*.{png,PNG}', ['b.PNG', 'b.png']],
  ['**', ['a.pdf', 'b.PNG', 'b.png', 'x/a.pdf', 'x/y/b.tif', 'a[1].pdf', 'ab.pdf']],
  ['**/*.pdf', ['a.pdf', 'x/a.pdf', 'a[1].pdf', 'ab.pdf']],
  ['*/*/b.tif', ['x/y/b.tif']],
  ['.h*', ['.hidden.pdf']],
  ['*[1].pdf', []],
  ['a[[]1].pdf', ['a[1].pdf']],
  ['[z-a]*', []],
  ['{a', []],
])('%s', (pattern, expected) => {
  expect(matching(pattern)).toEqual(expected);
});

test('the folder before the first sign is where to look', () => {
  const take = (pattern: string): unknown[] => [compileGlob(pattern).base, compileGlob(pattern).isDeep];
  expect(take('*.pdf')).toEqual(['.', false]);
  expect(take('scans/2024/*.pdf')).toEqual(['scans/2024', false]);
  expect(take('scans/*/a.pdf')).toEqual(['scans', true]);
  expect(take('scans/**')).toEqual(['scans', true]);
  expect(take('/*.pdf')).toEqual(['/', false]);
  expect(['a.pdf', 'a*', 'a?', 'a[1]', '{a,b}'].map(hasMagic)).toEqual([false, true, true, true, true]);
});
