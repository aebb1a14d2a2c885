import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles `fake-main.ts` once (Node 20 cannot run TypeScript) and returns the file to start. */
export async function bundleFakeMain(): Promise<string> {
  const outDir = join(packageFolder, '.cache', `fake-${process.pid}`);
  await build({
    config: false,
    entry: { main: join(packageFolder, 'test', 'helpers', 'fake-main.ts') },
    outDir,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
    noExternal: [/^@h2ovl\/sdk/],
    external: ['@h2ovl/core'],
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ['@h2ovl/source'];
    },
  });
  return join(outDir, 'main.mjs');
}
