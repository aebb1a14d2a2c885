import type { LoadProgress, OptionNames } from '@h2ovl/contract';
import type { Connect } from './open-hub.ts';
import type { Pause } from './retry-budget.ts';

/** What a pull is doing: every number is exact. Bytes that an earlier attempt brought count as done. */
export type PullProgress = LoadProgress | TransferProgress;

/** Bytes that come over the network, or from a folder or bundle. */
export interface TransferProgress {
  readonly type: 'download' | 'copy';
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface PullOptions {
  /** Folder of models and caches. @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
  /** HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HTTPS_PROXY, NO_PROXY, H2OVL_OFFLINE. @default the process's own */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Bytes that must stay free beside the files. @default 0 */
  readonly spareBytes?: number;
  /** Whether there must be room for the converted form too: it is better to know before the download. @default false */
  readonly reserveConversion?: boolean;
  /** Stops; what arrived stays for the next time. Rejects with its reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Called with what will be done, before the first file of a hub is fetched; not when everything is in its place. */
  readonly onPlan?: (plan: PullPlan) => void;
  /** Opens the connection to the hub. @default one that honours the proxy variables */
  readonly connect?: Connect;
  /** Waits between attempts. @default the clock */
  readonly pause?: Pause;
}

/** A name that is not here is refused. */
export const pullOptionNames: OptionNames<PullOptions> = {
  home: true,
  env: true,
  spareBytes: true,
  reserveConversion: true,
  signal: true,
  onProgress: true,
  onPlan: true,
  connect: true,
  pause: true,
};

/** A file of a plan. */
export interface PlannedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** `installed`: in its place already. `local`: elsewhere on this machine, or from an earlier attempt. `hub`: to be downloaded. */
  readonly from: 'installed' | 'local' | 'hub';
  /** Bytes that have to be downloaded. */
  readonly downloadBytes: number;
}

/** What a pull would do. */
export interface PullPlan {
  /** Repository, or null for a folder or bundle of unknown origin. */
  readonly repository: string | null;
  /** Commit, or null where it is not known. */
  readonly revision: string | null;
  /** Whether the revision was not pinned before and will be recorded now. */
  readonly recordsRevision: boolean;
  readonly licence: string | null;
  /** Where the files will lie. */
  readonly directory: string;
  readonly files: readonly PlannedFile[];
  readonly downloadBytes: number;
  /** Bytes free on the disk of the folder. */
  readonly freeBytes: number;
  readonly notices: readonly string[];
}

/** A model whose original files are on this machine. */
export interface PulledModel {
  /** What to load it by: an alias where there is one, else the folder's name. */
  readonly name: string;
  readonly directory: string;
  readonly repository: string | null;
  readonly revision: string | null;
  readonly licence: string | null;
  /** Bytes that came over the network in this call. */
  readonly downloadedBytes: number;
  /** Whether everything was in its place before. */
  readonly wasReady: boolean;
  readonly notices: readonly string[];
}
