import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const script = join(root, 'scripts/package-facts.mjs');

/** Calls an exported function of the script, which is plain JavaScript and runs before anything is installed. */
function call(name: string, ...args: readonly unknown[]): unknown {
  const code = `import { ${name} } from ${JSON.stringify(script)}; console.log(JSON.stringify(${name}(...${JSON.stringify(args)})));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' }));
}

describe('facts of the package files', () => {
  const facts = { repository: 'https://example.test/h2ovl', author: { name: 'A', email: 'a@b.test' } };

  it('stand after the licence, in place of what was there', () => {
    const manifest = { name: 'x', homepage: 'old', license: 'MIT', type: 'module' };
    expect(Object.entries(call('withFacts', manifest, 'packages/x', facts) as object)).toEqual([
      ['name', 'x'],
      ['license', 'MIT'],
      ['homepage', 'https://example.test/h2ovl/tree/main/packages/x#readme'],
      ['bugs', { url: 'https://example.test/h2ovl/issues' }],
      ['repository', { type: 'git', url: 'git+https://example.test/h2ovl.git', directory: 'packages/x' }],
      ['author', { name: 'A', email: 'a@b.test' }],
      ['type', 'module'],
    ]);
  });

  it('are refused at a release while they are placeholders', () => {
    expect(call('findPlaceholders', facts)).toEqual([]);
    const placeholders = { repository: 'https://github.com/your-organisation/h2ovl', author: { name: 'A', email: 'me@example.org' } };
    expect(call('findPlaceholders', placeholders)).toHaveLength(2);
  });

  it('are the same in every package of this checkout', () => {
    expect(spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
});
