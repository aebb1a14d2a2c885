import { createRequire } from 'node:module';

/** This package's version, from its own package file (by name, so that it is found from the source and from the build alike). */
export const packageVersion: string = (createRequire(import.meta.url)('@h2ovl/mcp-server/package.json') as { readonly version: string })
  .version;
