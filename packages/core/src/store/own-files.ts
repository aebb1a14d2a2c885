import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** CommonJS has this where modules have import.meta.url. */
declare const __filename: string | undefined;

/** The file this code is in: a module's, or a bundle's of either kind. */
export const ownUrl: string =
  (import.meta as { readonly url?: string }).url ??
  (typeof __filename === 'string' ? pathToFileURL(__filename).href : pathToFileURL('.').href);

/** Finds packages as an import in this file would. */
export const ownRequire: NodeJS.Require = createRequire(ownUrl);

/**
 * A script of this package that runs in a thread or process of its own: in one of the places relative to this code, else in the `dist` of the
 * installed package, since a bundle has this code somewhere else.
 * @param places relative URLs from the file this code is in, the likeliest first
 * @param script path below `dist`
 */
export function findOwnScript(places: readonly string[], script: string): string | undefined {
  return places.map((place) => fileURLToPath(new URL(place, ownUrl))).find(existsSync) ?? findInstalled(script);
}

function findInstalled(script: string): string | undefined {
  try {
    const path = join(dirname(ownRequire.resolve('@h2ovl/core/package.json')), 'dist', script);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
