import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** Version of this package, from its own package.json: found by name, since the depth of this file differs between source and bundle. */
export async function packageVersion(): Promise<string> {
  const file = createRequire(import.meta.url).resolve('@h2ovl/core/package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}
