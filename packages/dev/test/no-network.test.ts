import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'h2ovl-lint-'));
  cpSync(join(root, 'biome.json'), join(copy, 'biome.json'));
  writeFileSync(join(copy, '.gitignore'), 'node_modules\n');
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The rules that a file with this text breaks at this place, under the rules of this repository. */
function lint(path: string, text: string): string[] {
  mkdirSync(join(copy, dirname(path)), { recursive: true });
  writeFileSync(join(copy, path), text);
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const result = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', path], { cwd: copy, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(result.stdout) as { readonly diagnostics: readonly { readonly category: string }[] };
  return diagnostics.map(({ category }) => category);
}

const importRule = 'lint/style/noRestrictedImports';
const globalRule = 'lint/style/noRestrictedGlobals';

describe('core and the command line open no connection outside core/src/net', () => {
  it.each([
    ["import { get } from 'node:https';\nexport const a = get;\n", importRule],
    ["import { connect } from 'net';\nexport const a = connect;\n", importRule],
    ["export const a = import('undici');\n", importRule],
    ["export { lookup } from 'node:dns/promises';\n", importRule],
    ["export const a = fetch('https://example.org');\n", globalRule],
    ["export const a = new WebSocket('wss://example.org');\n", globalRule],
  ])('lint refuses %j', (text, rule) => {
    expect(lint('packages/core/src/model/leak.ts', text)).toContain(rule);
    expect(lint('packages/cli/src/leak.ts', text)).toContain(rule);
    expect(lint('packages/core/src/net/leak.ts', text)).not.toContain(rule);
  });

  // What a linter cannot see: globals and built-in modules that are reached by another name.
  const hidden = /globalThis\b.{0,20}\b(fetch|WebSocket|EventSource)\b|getBuiltinModule|process\.binding/;

  it('finds a hidden way', () => {
    expect(["globalThis.fetch('x')", "globalThis['WebSocket']", "process.getBuiltinModule('net')"].every((text) => hidden.test(text))).toBe(
      true,
    );
  });

  it.each(['core/src', 'cli/src'])('%s has no hidden way', (folder) => {
    const files = readdirSync(join(root, 'packages', folder), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('net/'),
    );
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((name) => hidden.test(readFileSync(join(root, 'packages', folder, name), 'utf8')))).toEqual([]);
  });
});
