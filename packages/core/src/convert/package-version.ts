import { readFile } from 'node:fs/promises';
import { ownRequire } from '../store/own-files.ts';

/** Put in by the build: a bundle has no package.json of ours beside it. */
declare const builtVersion: string | undefined;

/** Version of this package: as it was built, or from its own package.json when it runs from source. */
export async function packageVersion(): Promise<string> {
  if (typeof builtVersion === 'string') return builtVersion;
  const file = ownRequire.resolve('@h2ovl/core/package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}
