import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const packages = join(import.meta.dirname, '../..');
const published = readdirSync(packages).filter((name) => existsSync(join(packages, name, 'package.json')) && name !== 'dev');

// A user's other dependencies share a library only when our range lets them.
describe.each(published)('the dependencies of %s', (name) => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };

  it('are ranges, but for our own packages', () => {
    for (const [library, range] of Object.entries(dependencies)) {
      const isExact = library.startsWith('@h2ovl/');
      expect([library, range]).toEqual([library, expect.stringMatching(isExact ? /^\d+\.\d+\.\d+$/ : /^\^\d+\.\d+\.\d+$/)]);
    }
  });
});
