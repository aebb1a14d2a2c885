import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
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
  const options = { bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', write: false } as const;
  const { outputFiles } = await build({ entryPoints: [entry], ...options });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  // Inside the package, so that its dependencies are found from there; named by content, so that runs share it and none sees half of it.
  const folder = fileURLToPath(new URL('../../node_modules/.cache/h2ovl-test/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${createHash('sha256').update(contents).digest('hex').slice(0, 16)}.mjs`;
  writeFileSync(`${file}.${process.pid}`, contents);
  renameSync(`${file}.${process.pid}`, file);
  return pathToFileURL(file);
}
