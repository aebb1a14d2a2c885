import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const bundles = new Map<string, Promise<URL>>();

/** The runtime's worker as JavaScript: Node 20 cannot start a thread from TypeScript. */
export function bundleWorker(): Promise<URL> {
  return bundleScript(new URL('../../src/runtime/ort-worker.ts', import.meta.url));
}

/** A script as JavaScript, built from source once per process, for a thread or process of its own. */
export function bundleScript(entry: URL): Promise<URL> {
  const known = bundles.get(entry.href);
  if (known !== undefined) return known;
  const bundle = bundleFile(fileURLToPath(entry));
  bundles.set(entry.href, bundle);
  return bundle;
}

async function bundleFile(entry: string): Promise<URL> {
  // Inside the package, so that its dependencies are found from there; one file per process, as test files may run side by side.
  const folder = fileURLToPath(new URL('../../node_modules/.cache/h2ovl-test/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const name = entry.replace(/^.*[/\\]|\.ts$/g, '');
  const outfile = `${folder}${name}-${process.pid}.mjs`;
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external' });
  process.once('exit', () => rmSync(outfile, { force: true }));
  return pathToFileURL(outfile);
}
