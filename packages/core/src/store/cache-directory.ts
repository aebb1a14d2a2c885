import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What decides where caches lie; the process's own by default. */
export interface CacheEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * Folder of converted models and other caches: `H2OVL_HOME`, or `h2ovl` in the platform's cache folder
 * (Linux `$XDG_CACHE_HOME` or `~/.cache`, macOS `~/Library/Caches`, Windows `%LOCALAPPDATA%`, there with `Cache` inside).
 */
export function cacheDirectory(environment: CacheEnvironment = { env: process.env, platform: process.platform, home: homedir() }): string {
  const { env, platform, home } = environment;
  if (env.H2OVL_HOME) return resolve(env.H2OVL_HOME);
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', 'h2ovl');
    case 'win32':
      return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'h2ovl', 'Cache');
    default:
      return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'h2ovl');
  }
}
