import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { ownSource } from '../../../dev/src/testing/bundle-script.ts';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { runCliProcess, temporaryFolder } from './cli-process.ts';

const core = fileURLToPath(new URL('../../../core/', import.meta.url));
const home = temporaryFolder();
/** The READMEs speak of docs/invoice.png, from the root of the repository. */
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The snippets of the README in one language, in order. */
function snippets(language: string, file = join(core, 'README.md')): readonly string[] {
  const readme = readFileSync(file, 'utf8');
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code as string);
}

/** Runs TypeScript with this package's source as `@h2ovl/core`. */
async function runTypeScript(
  contents: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const cache = join(core, 'node_modules/.cache/h2ovl-test'); // inside the package, so that its dependencies are found
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `readme-${process.pid}.mjs`);
  await build({
    stdin: { contents, resolveDir: core, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [ownSource],
  });
  try {
    const env = { ...process.env, H2OVL_HOME: home };
    const { status, stdout, stderr } = spawnSync(process.execPath, [outfile], { cwd: root, env, encoding: 'utf8' });
    return { code: status, stdout, stderr };
  } finally {
    rmSync(outfile);
  }
}

/** Lines that start the command line. */
function commandsOf(file: string): readonly string[] {
  return snippets('sh', file).flatMap((snippet) => snippet.split('\n').filter((line) => line.startsWith('npx h2ovl ')));
}

describe('the READMEs', () => {
  it('show the page that nano reads without a fault, and a picture that is not large', () => {
    const isSame = readFileSync(join(root, 'docs/invoice.png')).equals(readFileSync(readablePages[0].path));
    expect(isSame, 'After a change of nano, run: npm run picture').toBe(true);
    expect(statSync(join(root, 'docs/example.png')).size).toBeLessThan(300_000);
  });

  it('of the library has a snippet that reads the page and answers about it', async () => {
    const [snippet, ...others] = snippets('ts');
    expect(others).toEqual([]);
    const { code, stdout, stderr } = await runTypeScript(snippet as string);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.startsWith(`${readablePages[0].answer} stop\n`)).toBe(true);
    expect(stdout.split(' stop\n')[1]).toMatch(/\S/);
  });

  it('at the front of the repository has a snippet that reads the page and takes two fields from it', async () => {
    const [snippet, ...others] = snippets('ts', join(root, 'README.md'));
    expect(others).toEqual([]);
    const { code, stdout, stderr } = await runTypeScript(snippet as string);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { answer } = readablePages[0];
    expect(stdout.startsWith(`${answer} `)).toBe(true);
    for (const value of stdout.slice(answer.length).trim().split(/\s+/)) expect(answer).toContain(value);
  });

  it.each(['README.md', 'packages/cli/README.md'])('%s has commands that work as they stand', async (file) => {
    const commands = commandsOf(join(root, file));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const { code, stdout } = await runCliProcess([], { home, shell: `cd ${root} && ${command.replace('npx h2ovl', '$CLI')}` });
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(stdout).toMatch(/\S/);
    }
  });
});
