import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles `fake-main.ts` once (Node 20 cannot run TypeScript) and returns the file to start. Independent of the folder the tests are started from. */
export async function bundleFakeMain(): Promise<string> {
  const folder = join(packageFolder, '.cache', `fake-${process.pid}`);
  const file = join(folder, 'main.mjs');
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(packageFolder, 'test', 'helpers', 'fake-main.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@h2ovl/source'],
    external: Object.keys(dependencies).filter((name) => name !== '@h2ovl/contract'), // which comes from source
  });
  return file;
}
