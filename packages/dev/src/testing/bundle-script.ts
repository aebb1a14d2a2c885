import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const bundles = new Map<string, Promise<URL>>();
const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** The runtime's worker as JavaScript: Node 20 cannot start a thread from TypeScript. */
export function bundleWorker(): Promise<URL> {
  return bundleScript(new URL('../../../core/src/runtime/worker/ort-worker.ts', import.meta.url));
}

/** A script as JavaScript, built from the source of all packages once per process, for a thread or process of its own. */
export function bundleScript(entry: URL): Promise<URL> {
  const known = bundles.get(entry.href);
  if (known !== undefined) return known;
  const bundle = bundleFile(fileURLToPath(entry));
  bundles.set(entry.href, bundle);
  return bundle;
}

async function bundleFile(entry: string): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    write: false,
    plugins: [ownSource],
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  // Inside the entry's package, so that its dependencies are found from there; named by content, so that runs share it and none sees half of it.
  const folder = join(packageFolder(entry), 'node_modules', '.cache', 'h2ovl-test');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${createHash('sha256').update(contents).digest('hex').slice(0, 16)}.mjs`);
  writeFileSync(`${file}.${process.pid}`, contents);
  renameSync(`${file}.${process.pid}`, file);
  return pathToFileURL(file);
}

/** Our own packages are taken from source, as the tests themselves take them: nothing needs to be built first. */
export const ownSource: Plugin = {
  name: 'own-source',
  setup({ onResolve }) {
    onResolve({ filter: /^(@h2ovl\/|h2ovl(\/|$))/ }, ({ path }) => {
      const [name = '', ...inside] = path
        .replace(/^@h2ovl\//, '')
        .replace(/^h2ovl(?=\/|$)/, 'cli')
        .split('/');
      const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
        readonly exports?: Readonly<Record<string, string | { readonly '@h2ovl/source'?: string }>>;
      };
      const source = findSource(manifest.exports ?? {}, inside.length === 0 ? '.' : `./${inside.join('/')}`);
      return source === undefined ? undefined : { path: join(packages, name, source) };
    });
  },
};

/** Where an export of a package stands in its source; patterns end with `*`. */
function findSource(exports: Readonly<Record<string, string | { readonly '@h2ovl/source'?: string }>>, path: string): string | undefined {
  const key = Object.keys(exports).find((name) => name === path || (name.endsWith('/*') && path.startsWith(name.slice(0, -1))));
  const target = key === undefined ? undefined : exports[key];
  if (typeof target !== 'object') return undefined;
  return target['@h2ovl/source']?.replace('*', path.slice((key ?? '').length - 1));
}

function packageFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
