import { basename, relative } from 'node:path';

export interface StartOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the current folder. */
  readonly folder: string;
}

/**
 * How the program was started, as somebody would type it again in the same folder: a hint that names a command has to work.
 * `script` is the absolute path that Node was given: the link that npm puts on the PATH, or the file itself.
 */
export function nameStart(script: string, { env, folder }: StartOptions): string {
  const path = script.replaceAll('\\', '/');
  const isFile = /\.[cm]?[jt]s$/.test(path);
  const isInstalled = path.includes('/node_modules/h2ovl/'); // npm's wrappers on Windows name the file, not a link
  if (isFile && !isInstalled) return `node ${quote(relative(folder, script) || script)}`;
  const isLocal = /\/(_npx|node_modules\/\.bin)\//.test(path) || (isInstalled && path.startsWith(`${folder.replaceAll('\\', '/')}/`));
  if (isLocal || env.npm_command === 'exec') return 'npx h2ovl';
  return isFile ? 'h2ovl' : basename(path);
}

function quote(path: string): string {
  return /^[\w./\\:@+-]+$/.test(path) ? path : `"${path}"`;
}
