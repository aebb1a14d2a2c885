import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** One import of a source file. */
export interface Import {
  /** Path of the importing file from `packages/`, with `/`. */
  readonly from: string;
  /** A path from `packages/` for a relative import, else the specifier as written. */
  readonly to: string;
}

const statement = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]+)['"]/g;

/** Every import, re-export and dynamic import in the TypeScript files below `folder`; both ends as paths from `packages`. */
export function listImports(packages: string, folder: string): Import[] {
  const found: Import[] = [];
  for (const entry of readdirSync(join(packages, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    if (file.includes(`${sep}node_modules${sep}`)) continue;
    const path = (absolute: string): string => relative(packages, absolute).split(sep).join('/');
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(statement)) {
      found.push({ from: path(file), to: specifier.startsWith('.') ? path(resolve(dirname(file), specifier)) : specifier });
    }
  }
  return found;
}
