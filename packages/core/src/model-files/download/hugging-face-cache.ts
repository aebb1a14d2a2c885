import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { isCheckpointFile } from '../catalogue.ts';
import type { HubFile, HubListing } from './hub-client.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Folder of the Hugging Face cache, by the variables that its own tools read. */
export function huggingFaceCache(env: Environment, home: string = homedir()): string {
  const base = env.HF_HOME || join(env.XDG_CACHE_HOME || join(home, '.cache'), 'huggingface');
  return env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(base, 'hub');
}

/** Where a file of a commit lies in the cache, behind its link; undefined when it is not there with this size. */
export async function findCached(cache: string, listing: HubListing, { name, size }: HubFile): Promise<string | undefined> {
  const path = await realpath(join(repositoryFolder(cache, listing.repository), 'snapshots', listing.commit, name)).catch(() => undefined);
  if (path === undefined) return undefined;
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() && info.size === size ? path : undefined;
}

/**
 * What the cache holds of a repository, for use without a network: the files of the revision, hashed as the names of the blobs behind its links say.
 * Undefined when it holds nothing usable.
 */
export async function listCached(cache: string, repository: string, revision: string): Promise<HubListing | undefined> {
  const folder = repositoryFolder(cache, repository);
  const commit = /^[0-9a-f]{40}$/.test(revision)
    ? revision
    : (await readFile(join(folder, 'refs', revision), 'utf8').catch(() => undefined))?.trim();
  if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
  const snapshot = join(folder, 'snapshots', commit);
  const files: HubFile[] = [];
  for (const name of await readdir(snapshot).catch(() => [])) {
    if (!isCheckpointFile(name)) continue;
    const link = await readlink(join(snapshot, name)).catch(() => undefined);
    const info = await stat(join(snapshot, name)).catch(() => undefined);
    const hex = basename(link ?? '');
    if (!info?.isFile() || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex)) continue;
    files.push({ name, size: info.size, hash: { algorithm: hex.length === 64 ? 'sha256' : 'git-blob-sha1', hex } });
  }
  return files.some(({ name }) => name === 'config.json') && files.some(({ name }) => name.endsWith('.safetensors'))
    ? { repository, commit, licence: undefined, files }
    : undefined;
}

function repositoryFolder(cache: string, repository: string): string {
  return join(cache, `models--${repository.replace('/', '--')}`);
}
