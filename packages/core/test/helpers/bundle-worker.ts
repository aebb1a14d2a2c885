import { mkdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

let bundled: Promise<URL> | undefined;

/** The worker's script as JavaScript, built from source: Node 20 cannot start a thread from TypeScript. */
export function bundleWorker(): Promise<URL> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<URL> {
  // Inside the package, so that onnxruntime-node is found from there; one file per process, as test files may run side by side.
  const folder = fileURLToPath(new URL('../../node_modules/.cache/h2ovl-test/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}ort-worker-${process.pid}.mjs`;
  const entry = fileURLToPath(new URL('../../src/runtime/ort-worker.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external' });
  return pathToFileURL(outfile);
}
