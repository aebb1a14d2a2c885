import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Arrows, refuse } from '../src/arrows.ts';
import { withArrows } from '../src/arrows-table.ts';
import { listImports } from '../src/imports.ts';

const packages = fileURLToPath(new URL('../../', import.meta.url));
const arrows = JSON.parse(readFileSync(new URL('../arrows.json', import.meta.url), 'utf8')) as Arrows;
const sourceFolders: Readonly<Record<string, readonly string[]>> = { 'n8n-node': ['nodes', 'credentials'] };

describe('the arrows of the house', () => {
  it('names every package', () => {
    const present = readdirSync(packages).filter((name) => existsSync(join(packages, name, 'package.json')));
    expect(Object.keys(arrows.packages).sort()).toEqual(present.sort());
  });

  it('is the table that ARCHITECTURE.md shows', () => {
    const page = readFileSync(join(packages, '..', 'ARCHITECTURE.md'), 'utf8');
    expect(page, 'After a change of arrows.json, run: npm run arrows').toBe(withArrows(page, arrows));
  });

  it('allows every import that stands in the source', () => {
    const imports = Object.keys(arrows.packages).flatMap((name) =>
      (sourceFolders[name] ?? ['src'])
        .filter((folder) => existsSync(join(packages, name, folder)))
        .flatMap((folder) => listImports(packages, `${name}/${folder}`)),
    );
    expect(imports.length).toBeGreaterThan(500);
    expect(imports.flatMap((one) => refuse(one, arrows) ?? [])).toEqual([]);
  });

  it.each([
    ['an upward import', 'core/src/tiles/a.ts', 'core/src/answer/b.ts'],
    ['an import of a sibling', 'core/src/model/a.ts', 'core/src/json/b.ts'],
    ['a package that is not below', 'contract/src/a.ts', '@h2ovl/core'],
    ['a path into another package', 'sdk/src/a.ts', 'core/src/index.ts'],
    ['a room that is not in the table', 'core/src/attic/a.ts', 'core/src/tensor/b.ts'],
    ['the runtime library outside runtime/', 'core/src/model/a.ts', 'onnxruntime-node'],
    ['the insides of core outside the developer tools', 'cli/src/a.ts', '@h2ovl/core/internal/text/tokenizer'],
    ['the command line imported by a library', 'core/src/answer/a.ts', 'h2ovl'],
  ])('refuses %s', (_, from, to) => {
    expect(refuse({ from, to }, arrows)).toContain(from);
  });
});
