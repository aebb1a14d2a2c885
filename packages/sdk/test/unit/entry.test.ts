import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../src');
/** The one package an entry may load, which is held to the same rule: its files are walked too. */
const contract: Readonly<Record<string, string>> = {
  '@h2ovl/contract': join(source, '../../contract/src/index.ts'),
  '@h2ovl/contract/wire': join(source, '../../contract/src/wire/index.ts'),
  '@h2ovl/contract/wire/answers': join(source, '../../contract/src/wire/answers.ts'),
};

/** Every file that an entry loads before anyone calls anything, with what those files import from outside. */
function walk(entry: string): { readonly files: Set<string>; readonly outside: Set<string> } {
  const files = new Set<string>();
  const outside = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export) (?!type )(?:[^;']*?from )?'(.+?)';$/gms)) {
      const file = target.startsWith('.') ? join(path, '..', target) : contract[target];
      if (file !== undefined) visit(file);
      else outside.add(target);
    }
  };
  visit(join(source, entry));
  return { files, outside };
}

describe('the entries', () => {
  it.each([
    ['index.ts', []],
    ['ai-sdk/index.ts', ['@ai-sdk/provider']], // the peer whose users it is for
  ])('%s loads no package but the contract and %j, and no node: module', (entry, packages) => {
    const { files, outside } = walk(entry);
    expect(files.size).toBeGreaterThan(2);
    expect([...outside]).toEqual(packages);
  });
});
