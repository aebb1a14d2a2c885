import { CheckpointError, VisionError } from '@h2ovl/contract';
import type { CatalogueEntry } from '../catalogue.ts';
import { configFiles } from '../model-config.ts';
import { hubFailure } from './download-file.ts';
import type { HubListing } from './hub-client.ts';
import { HubRefusal } from './hub-refusal.ts';
import { huggingFaceCache, listCached } from './hugging-face-cache.ts';
import { type OpenedHub, openHub } from './open-hub.ts';
import type { PullOptions } from './pull-types.ts';
import { RetryBudget } from './retry-budget.ts';

/** What is to be pulled, and the hub if it could be opened. */
export interface FoundListing {
  readonly listing: HubListing;
  /** Undefined when the network is switched off and the listing came from the Hugging Face cache. */
  readonly opened: OpenedHub | undefined;
}

/**
 * Asks the hub for the files of a revision; with the network switched off, the Hugging Face cache of this machine.
 * The caller closes the hub.
 * @throws VisionError NETWORK_FORBIDDEN, NETWORK_FAILED, MODEL_NOT_FOUND; CheckpointError MODEL_UNSUPPORTED
 */
export async function findListing(repository: string, revision: string, options: PullOptions, signal: AbortSignal): Promise<FoundListing> {
  const { env = process.env, connect, pause } = options;
  let opened: OpenedHub;
  try {
    opened = await openHub(env, connect);
  } catch (error) {
    if (!VisionError.isInstance(error) || error.code !== 'NETWORK_FORBIDDEN') throw error;
    const listing = await listCached(huggingFaceCache(env), repository, revision);
    if (listing === undefined) throw error;
    return { listing: checkListing(listing), opened: undefined };
  }
  try {
    const budget = new RetryBudget(pause, 3);
    for (;;) {
      try {
        return { listing: checkListing(await opened.hub.list(repository, revision, signal)), opened };
      } catch (error) {
        await budget.failOrWait(error, signal);
      }
    }
  } catch (error) {
    await opened.close();
    if (signal.aborted) throw signal.reason;
    if (VisionError.isInstance(error)) throw error;
    const what = error instanceof HubRefusal ? '' : `${opened.hub.endpoint.host} cannot be reached, so `;
    throw hubFailure(error, `${what}${repository} (${revision}) could not be listed`);
  }
}

/** @throws CheckpointError MODEL_UNSUPPORTED when the repository does not hold a checkpoint */
function checkListing(listing: HubListing): HubListing {
  const names = new Set(listing.files.map(({ name }) => name));
  const required = Object.keys(configFiles).filter((name) => configFiles[name]);
  const missing = required.filter((name) => !names.has(name));
  if (![...names].some((name) => name.endsWith('.safetensors'))) missing.push('*.safetensors');
  if (missing.length === 0) return listing;
  throw new CheckpointError(
    'MODEL_UNSUPPORTED',
    `${listing.repository} has no ${missing.join(', ')}, so it is not a checkpoint that can be run.`,
    { file: listing.repository },
    { hint: 'Name the repository of an H2OVL-Mississippi checkpoint.' },
  );
}

/**
 * Holds a listing to the hashes that are known beforehand.
 * @throws CheckpointError MODEL_UNSUPPORTED when the repository offers other files
 */
export function checkPins(listing: HubListing, entry: CatalogueEntry | undefined): void {
  for (const [name, { sha256 }] of Object.entries(entry?.files ?? {})) {
    const offered = listing.files.find((file) => file.name === name);
    if (offered === undefined || offered.hash.algorithm !== 'sha256' || offered.hash.hex === sha256) continue;
    throw new CheckpointError(
      'MODEL_UNSUPPORTED',
      `${listing.repository} now offers ${name} with the SHA-256 ${offered.hash.hex.slice(0, 16)}…; this version knows ${sha256.slice(0, 16)}….`,
      { file: name },
      { hint: `If you trust the new files, name their revision: ${listing.repository}@${listing.commit}.` },
    );
  }
}
