import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions, VisionError } from '@h2ovl/contract';
import { cacheDirectory } from '../../store/cache-directory.ts';
import { acquireLock } from '../../store/file-lock.ts';
import { checkFreeSpace, freeBytesAt } from '../../store/free-space.ts';
import { makePrivateFolder } from '../../store/private-file.ts';
import { modelFolderName } from '../catalogue.ts';
import type { FileRecord } from '../manifest.ts';
import { type OriginRecord, readOrigin } from '../origin-record.ts';
import { downloadFile } from './download-file.ts';
import { checkPins, type FoundListing, findListing } from './find-listing.ts';
import type { HubFile } from './hub-client.ts';
import { findCached, huggingFaceCache } from './hugging-face-cache.ts';
import { importModel } from './import-model.ts';
import { installModel, isInstalled, nameOf } from './install-model.ts';
import { type FilePlan, placeLocal, planFile } from './place-file.ts';
import { type PullSource, readPullSource } from './pull-source.ts';
import { type PulledModel, type PullOptions, type PullPlan, type PullProgress, pullOptionNames } from './pull-types.ts';

type HubSource = Extract<PullSource, { readonly type: 'hub' }>;

/** Left free beside what is written, for folder entries and other programs. */
const spareBytes = 32_000_000;
/** The default conversion of the published models is at most this much larger than their weights. */
const maxGrowth = 1.2;

/**
 * Brings the original files of a model to this machine: from the hub (0.8b, 2b, ORGANISATION/NAME, each with or without @revision), from a folder, or from a bundle.
 * Interrupted at any moment, it goes on where it stopped; nothing counts before its hash was compared. Of several pulls of one model, one works and the others wait.
 * @throws VisionError INVALID_ARGUMENT, NETWORK_FORBIDDEN, NETWORK_FAILED, MODEL_NOT_FOUND, MODEL_UNSUPPORTED, MODEL_FILE_CORRUPT, STORAGE_UNAVAILABLE;
 * rejects with `signal.reason` when cancelled
 */
export async function pullModel(source: string, options: PullOptions = {}): Promise<PulledModel> {
  checkOptions(options, pullOptionNames, 'pullModel()');
  const { home = cacheDirectory(), signal = new AbortController().signal, onProgress } = options;
  signal.throwIfAborted();
  const parsed = await readPullSource(source);
  if (parsed.type !== 'hub') return importModel(parsed, { ...options, home, signal });
  const staging = stagingOf(home, parsed.repository);
  await makePrivateFolder(staging);
  const onWait = (pid: number): void => onProgress?.({ type: 'wait', reason: `Process ${pid} is pulling this model.` });
  const lock = await acquireLock(`${staging}.lock`, { signal, onWait });
  try {
    const ready = await findReady(parsed, home);
    if (ready) return ready;
    // Another process may have finished and removed it while this one waited.
    await makePrivateFolder(staging);
    const found = await findListing(parsed.repository, await chooseRevision(parsed, home), options, signal);
    try {
      return await fetchModel(parsed, found, { ...options, home, signal });
    } finally {
      await found.opened?.close();
    }
  } finally {
    await rmdir(staging).catch(() => {}); // only where it is empty: what arrived stays
    await lock.release();
  }
}

/** What `pullModel` would do, without fetching a file or writing anything. @throws as pullModel */
export async function planPull(source: string, options: PullOptions = {}): Promise<PullPlan> {
  checkOptions(options, pullOptionNames, 'planPull()');
  const { home = cacheDirectory(), env = process.env, signal = new AbortController().signal } = options;
  const parsed = await readPullSource(source);
  if (parsed.type !== 'hub') {
    throw new VisionError('INVALID_ARGUMENT', `${parsed.path} lies on this machine: nothing would be downloaded.`, {
      hint: 'Pull it; its files are copied.',
    });
  }
  const found = await findListing(parsed.repository, await chooseRevision(parsed, home), options, signal);
  await found.opened?.close();
  if (parsed.revision === undefined) checkPins(found.listing, parsed.entry);
  return makePlan(parsed, found, await planFiles(found, home, env), home);
}

async function makePlan(source: HubSource, { listing, opened }: FoundListing, plans: readonly FilePlan[], home: string): Promise<PullPlan> {
  const directory = join(home, 'models', modelFolderName(source.repository));
  const known = await readOrigin(directory);
  return {
    repository: listing.repository,
    revision: listing.commit,
    recordsRevision: source.revision === undefined && source.entry?.revision === undefined && known?.revision == null,
    licence: licenceOf(source, listing.licence),
    directory,
    files: plans.map(({ file, from, path, missingBytes }) => ({
      name: file.name,
      sizeBytes: file.size,
      from: path?.startsWith(directory) ? 'installed' : from === 'hub' ? 'hub' : 'local',
      downloadBytes: missingBytes,
    })),
    downloadBytes: plans.reduce((sum, { missingBytes }) => sum + missingBytes, 0),
    freeBytes: await freeBytesAt(home),
    notices: opened?.notices ?? [],
  };
}

const stagingOf = (home: string, repository: string): string => join(home, 'downloads', modelFolderName(repository));

/** The named revision; else the one recorded at the first pull, so that a model stays what it was; else the pinned one, or the newest. */
async function chooseRevision({ repository, revision, entry }: HubSource, home: string): Promise<string> {
  if (revision !== undefined) return revision;
  const known = await readOrigin(join(home, 'models', modelFolderName(repository)));
  return (known?.repository === repository ? known.revision : null) ?? entry?.revision ?? 'main';
}

/** A model that is complete and of the wanted revision: then nothing is asked of the network. */
async function findReady(source: HubSource, home: string): Promise<PulledModel | undefined> {
  const directory = join(home, 'models', modelFolderName(source.repository));
  const origin = await readOrigin(directory);
  if (origin?.repository !== source.repository || origin.revision === null) return undefined;
  if (source.revision !== undefined && source.revision !== origin.revision) return undefined;
  if (!(await isInstalled(directory, origin))) return undefined;
  return { ...describe(directory, origin), downloadedBytes: 0, wasReady: true, notices: [] };
}

type FetchOptions = PullOptions & { readonly home: string; readonly signal: AbortSignal };

async function fetchModel(source: HubSource, found: FoundListing, options: FetchOptions): Promise<PulledModel> {
  const { home, env = process.env, signal, onProgress = () => {} } = options;
  const { listing, opened } = found;
  if (source.revision === undefined) checkPins(listing, source.entry);
  const staging = stagingOf(home, listing.repository);
  const plans = await planFiles(found, home, env);
  options.onPlan?.(await makePlan(source, found, plans, home));
  const meter = new Meter(plans, onProgress);
  let downloadedBytes = 0;
  const download = async ({ file, from }: FilePlan): Promise<void> => {
    if (!opened) throw new VisionError('NETWORK_FORBIDDEN', `${file.name} is not complete here, and the network is switched off.`);
    const onBytes = (byteLength: number): void => {
      downloadedBytes += Math.max(0, byteLength);
      meter.add('download', file.name, byteLength);
    };
    if (from !== 'hub') meter.add('download', file.name, -file.size);
    const onHashed = (byteLength: number): void => meter.hashed(file.name, byteLength, file.size);
    await downloadFile(join(staging, file.name), file, { hub: opened.hub, listing, signal, onBytes, onHashed, ...pauseOf(options) });
  };
  const conversionBytes = options.reserveConversion ? (source.entry?.convertedBytes ?? weightBytes(listing.files) * maxGrowth) : 0;
  const needed = neededBytes(plans) + conversionBytes + (options.spareBytes ?? 0) + spareBytes;
  const what = options.reserveConversion ? 'and converting ' : '';
  await checkFreeSpace(home, needed, `Pulling ${what}${listing.repository}`);
  // Small files first: a repository that is not a checkpoint is found out before the gigabytes.
  for (const plan of [...plans].sort((a, b) => a.file.size - b.file.size)) {
    const isPlaced = await placeLocal(staging, plan, signal, (byteLength) => meter.hashed(plan.file.name, byteLength, plan.file.size));
    if (!isPlaced) await download(plan);
  }
  await removeOthers(staging, new Set(listing.files.map(({ name }) => name)));
  const licence = licenceOf(source, listing.licence);
  const origin = { repository: listing.repository, revision: listing.commit, licence };
  const directory = join(home, 'models', modelFolderName(listing.repository));
  const record = await installModel(staging, directory, origin, { signal, onProgress, known: knownHashes(listing.files) });
  return { ...describe(directory, record), downloadedBytes, wasReady: false, notices: opened?.notices ?? [] };
}

const pauseOf = ({ pause }: PullOptions): Pick<PullOptions, 'pause'> => (pause ? { pause } : {});
const licenceOf = ({ entry }: HubSource, listed: string | undefined): string | null => entry?.licence ?? listed ?? null;

function planFiles({ listing }: FoundListing, home: string, env: NonNullable<PullOptions['env']>): Promise<FilePlan[]> {
  const installed = join(home, 'models', modelFolderName(listing.repository));
  const cache = huggingFaceCache(env);
  return Promise.all(
    listing.files.map(async (file) =>
      planFile(stagingOf(home, listing.repository), file, [join(installed, file.name), await findCached(cache, listing, file)]),
    ),
  );
}

/** The SHA-256 of files that were compared with it; small files have only Git's hash. */
function knownHashes(files: readonly HubFile[]): Record<string, FileRecord> {
  const known = files.filter(({ hash }) => hash.algorithm === 'sha256');
  return Object.fromEntries(known.map(({ name, size, hash }) => [name, { size, sha256: hash.hex }]));
}

function weightBytes(files: readonly HubFile[]): number {
  return files.reduce((sum, { name, size }) => sum + (name.endsWith('.safetensors') ? size : 0), 0);
}

/** What the disk must still take. A local file usually costs nothing (a second name), but may have to be copied. */
function neededBytes(plans: readonly FilePlan[]): number {
  return plans.reduce((sum, { from, file, missingBytes }) => sum + (from === 'local' ? file.size : missingBytes), 0);
}

async function removeOthers(staging: string, names: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(staging)) if (!names.has(name)) await rm(join(staging, name), { recursive: true, force: true });
}

function describe(
  directory: string,
  { repository, revision, licence }: OriginRecord,
): Pick<PulledModel, 'name' | 'directory' | 'repository' | 'revision' | 'licence'> {
  return { name: nameOf(directory, repository), directory, repository, revision, licence };
}

/** Adds up what arrived over all files. */
class Meter {
  readonly #totalBytes: number;
  readonly #onProgress: (progress: PullProgress) => void;
  #doneBytes: number;
  readonly #hashedBytes = new Map<string, number>();

  constructor(plans: readonly FilePlan[], onProgress: (progress: PullProgress) => void) {
    this.#totalBytes = plans.reduce((sum, { file }) => sum + file.size, 0);
    this.#doneBytes = plans.reduce((sum, { file, missingBytes }) => sum + file.size - missingBytes, 0);
    this.#onProgress = onProgress;
  }

  add(type: 'download', file: string, byteLength: number): void {
    this.#doneBytes += byteLength;
    this.#onProgress({ type, file, doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
  }

  hashed(file: string, byteLength: number, totalBytes: number): void {
    const doneBytes = (this.#hashedBytes.get(file) ?? 0) + byteLength;
    this.#hashedBytes.set(file, doneBytes);
    this.#onProgress({ type: 'verify', file, doneBytes: Math.min(doneBytes, totalBytes), totalBytes });
  }
}
