import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { VisionError } from '@h2ovl/contract';
import { deniedHint } from './denied-access.ts';

/** CommonJS has this where modules have import.meta.url. */
declare const __filename: string | undefined;

/** The file this code is in: a module's, or a bundle's of either kind. */
export const ownUrl: string =
  (import.meta as { readonly url?: string }).url ??
  (typeof __filename === 'string' ? pathToFileURL(__filename).href : pathToFileURL('.').href);

/** Finds packages as an import in this file would. */
export const ownRequire: NodeJS.Require = createRequire(ownUrl);

/**
 * A script of this package that runs in a thread or process of its own: beside this code, else in the `dist` of the package, since a bundle has this
 * code somewhere else.
 * @param script path below `dist`
 * @param code what the error is called where it is nowhere
 * @throws VisionError RUNTIME_UNAVAILABLE, or the given code
 */
export function findOwnScript(script: string, code: 'RUNTIME_UNAVAILABLE' | 'DECODER_UNAVAILABLE' = 'RUNTIME_UNAVAILABLE'): URL {
  // Beside the bundle of this code, or of one in a folder of `dist`; from source in the package's `dist`.
  const places = [`./${script}`, `./${script.split('/').at(-1)}`, `../${script}`, `../../dist/${script}`];
  const path = places.map((place) => fileURLToPath(new URL(place, ownUrl))).find(existsSync) ?? findInstalled(script);
  if (path !== undefined) return pathToFileURL(path);
  throw new VisionError(code, `The script ${script} of @h2ovl/core is neither beside ${ownUrl} nor installed.`, {
    hint: 'Keep @h2ovl/core out of the bundle (external), or copy its dist folder beside the bundle.',
  });
}

/** Starts a thread, or says in the package's own words why none could be. @param what the thread, as in "The thread of ..." @throws VisionError RUNTIME_UNAVAILABLE */
export function startThread<T>(what: string, start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (error instanceof VisionError) throw error;
    throw new VisionError('RUNTIME_UNAVAILABLE', `${what} could not be started: ${(error as Error).message}.`, {
      hint: deniedHint(error) ?? 'Look at the cause.',
      cause: error,
    });
  }
}

function findInstalled(script: string): string | undefined {
  try {
    const path = join(dirname(ownRequire.resolve('@h2ovl/core/package.json')), 'dist', script);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
