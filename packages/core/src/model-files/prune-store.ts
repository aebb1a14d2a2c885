import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions, type OptionNames } from '@h2ovl/contract';
import { cacheDirectory } from '../store/cache-directory.ts';
import { isLocked } from '../store/file-lock.ts';
import { removePath } from '../store/remove-path.ts';
import { listAbandoned } from '../store/temporary-files.ts';
import { folderBytes, listConverted } from './conversion-cache.ts';
import { quarantineFolder } from './quarantine.ts';

/** Something in the home folder that nothing needs. */
export interface PrunedItem {
  readonly path: string;
  readonly sizeBytes: number;
  readonly reason: string;
}

export interface PruneOptions {
  /** @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
  /** Lists without removing. @default false */
  readonly dryRun?: boolean;
  /** Removes converted models too that were not used for so many days; they are made again when they are needed. @default never */
  readonly unusedDays?: number;
}

const pruneOptionNames: OptionNames<PruneOptions> = { home: true, dryRun: true, unusedDays: true };

/**
 * Removes from the home folder what nothing needs: quarantined files, downloads and measurements that were given up, unusable conversions, and those that were not
 * used for long.
 * What a running process works on is left alone.
 */
export async function pruneStore(options: PruneOptions = {}): Promise<PrunedItem[]> {
  checkOptions(options, pruneOptionNames, 'pruneStore()'); // a misspelt dryRun would remove
  const { home = cacheDirectory(), dryRun = false, unusedDays } = options;
  const items: PrunedItem[] = [];
  for (const path of await entries(quarantineFolder(home))) items.push(await item(path, 'damaged, and put aside'));
  const downloads = await entries(join(home, 'downloads'));
  for (const path of downloads) {
    // The lock of a download that runs lies beside it; that of one that was killed does, too.
    if (path.endsWith('.lock') || (await isLocked(`${path}.lock`))) continue;
    items.push(await item(path, 'a download that was not finished'));
  }
  for (const path of await entries(join(home, 'measuring'))) {
    if (path.endsWith('.lock') || (await isLocked(`${path}.lock`))) continue;
    items.push(await item(path, 'a measurement of a vision plan that was not finished'));
  }
  const converted = join(home, 'converted');
  for (const path of await listAbandoned(converted)) items.push(await item(path, 'a conversion that was not finished'));
  for (const { directory, manifest, sizeBytes, lastUsedAt } of await listConverted(home)) {
    if (await isLocked(`${directory}.lock`)) continue;
    const unusedForDays = (Date.now() - Date.parse(lastUsedAt)) / 86_400_000;
    if (manifest === undefined) items.push({ path: directory, sizeBytes, reason: 'a conversion that cannot be used' });
    else if (unusedDays !== undefined && unusedForDays >= unusedDays) {
      items.push({ path: directory, sizeBytes, reason: `not used for ${Math.floor(unusedForDays)} days` });
    }
  }
  if (!dryRun) for (const { path } of items) await removePath(path);
  return items;
}

async function entries(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
}

async function item(path: string, reason: string): Promise<PrunedItem> {
  const info = await stat(path).catch(() => undefined);
  return { path, sizeBytes: info?.isDirectory() ? await folderBytes(path) : (info?.size ?? 0), reason };
}
