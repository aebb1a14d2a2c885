import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/supply-chain.mjs', import.meta.url));

interface Listed {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly isOptional: boolean;
  readonly hasScript: boolean;
}
interface SupplyChain {
  listPackages(lock: { readonly packages: Readonly<Record<string, object>> }): readonly Listed[];
  findProblems(packages: readonly Listed[]): readonly string[];
}

describe('the supply chain', () => {
  it('has the page of notices that belongs to the lock file, allowed licences, and no install scripts that matter', () => {
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('refuses other licences and new install scripts', async () => {
    const { findProblems, listPackages } = (await import(script)) as SupplyChain;
    const listed = listPackages({
      packages: {
        '': {},
        'node_modules/tool': { version: '1.0.0', license: 'GPL-3.0', dev: true },
        'node_modules/good': { version: '1.0.0', license: '(GPL-2.0 OR MIT)' },
        'node_modules/a/node_modules/bad': { version: '2.0.0', license: 'MIT AND GPL-3.0' },
        'node_modules/unknown': { version: '3.0.0' },
        'node_modules/script': { version: '4.0.0', license: 'MIT', hasInstallScript: true },
        'node_modules/@img/sharp-libvips-x': { version: '5.0.0', license: 'LGPL-3.0-or-later', optional: true },
        'node_modules/lesser': { version: '6.0.0', license: 'LGPL-3.0-or-later' },
      },
    });
    expect(findProblems(listed)).toEqual([
      'bad@2.0.0 has the licence MIT AND GPL-3.0, which is not among the allowed ones.',
      'lesser@6.0.0 has the licence LGPL-3.0-or-later, which is not among the allowed ones.',
      'script@4.0.0 runs a script when it is installed.',
      'unknown@3.0.0 has the licence UNKNOWN, which is not among the allowed ones.',
    ]);
  });
});
