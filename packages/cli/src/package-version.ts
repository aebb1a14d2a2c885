import { createRequire } from 'node:module';

/** Version of this package, from its own package file: found by name, since the depth of this file differs between source and build. */
export function packageVersion(): string {
  const manifest = createRequire(import.meta.url)('h2ovl/package.json') as { readonly version: string };
  return manifest.version;
}
