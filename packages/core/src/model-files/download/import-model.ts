import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CheckpointError, VisionError } from '@h2ovl/contract';
import { acquireLock } from '../../store/file-lock.ts';
import { checkFreeSpace } from '../../store/free-space.ts';
import { HashedFile } from '../../store/hashed-file.ts';
import { makePrivateFolder } from '../../store/private-file.ts';
import { catalogue, isCheckpointFile, modelFolderName } from '../catalogue.ts';
import type { FileRecord } from '../manifest.ts';
import { checkConfigFiles } from '../model-config.ts';
import { type OriginRecord, originFileName, parseOrigin } from '../origin-record.ts';
import { installModel, nameOf } from './install-model.ts';
import type { PullSource } from './pull-source.ts';
import type { PulledModel, PullOptions } from './pull-types.ts';
import { readTar, type TarEntry } from './tar-file.ts';

type LocalSource = Extract<PullSource, { readonly path: string }>;
type ImportOptions = PullOptions & { readonly home: string; readonly signal: AbortSignal };

/** The largest record that is read; a real one has a kilobyte. */
const maxRecordBytes = 1_000_000;
const spareBytes = 32_000_000;

/**
 * Copies the original files of a model from a folder or a bundle into the home folder. Where a record of their origin lies beside them, their hashes must be the
 * recorded ones; published weights are recognised by their hash.
 * @throws VisionError MODEL_FILE_CORRUPT, MODEL_NOT_FOUND (no checkpoint), STORAGE_UNAVAILABLE; the signal's reason when aborted
 */
export async function importModel(source: LocalSource, options: ImportOptions): Promise<PulledModel> {
  const { home, signal, onProgress = () => {} } = options;
  const name = source.name.replace(/[^\w.-]/g, '_');
  const staging = join(home, 'downloads', `import-${name}`);
  await makePrivateFolder(staging);
  const onWait = (pid: number): void => onProgress({ type: 'wait', reason: `Process ${pid} is copying this model.` });
  const lock = await acquireLock(`${staging}.lock`, { signal, onWait });
  try {
    const totalBytes = await measure(source);
    await checkFreeSpace(home, totalBytes + (options.spareBytes ?? 0) + spareBytes, `Copying ${source.path}`);
    await rm(staging, { recursive: true, force: true });
    await makePrivateFolder(staging);
    const { files, record } = await copyAll(source, staging, totalBytes, options);
    checkRecord(source.path, files, record);
    await checkConfigFiles(staging);
    const { origin, notices } = recognise(files, record);
    const directory = join(home, 'models', origin.repository === null ? name : modelFolderName(origin.repository));
    await installModel(staging, directory, origin, { signal, onProgress, known: files });
    return { name: nameOf(directory, origin.repository), directory, ...origin, downloadedBytes: 0, wasReady: false, notices };
  } finally {
    await rm(staging, { recursive: true, force: true });
    await lock.release();
  }
}

async function measure({ type, path }: LocalSource): Promise<number> {
  if (type === 'bundle') return (await stat(path)).size;
  const names = (await readdir(path)).filter(isCheckpointFile);
  if (!names.some((name) => name.endsWith('.safetensors'))) {
    throw new VisionError('MODEL_NOT_FOUND', `${path} holds no original weights (*.safetensors).`, {
      hint: 'Pass the folder of an original checkpoint, or a bundle.',
    });
  }
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

interface Copied {
  readonly files: Readonly<Record<string, FileRecord>>;
  readonly record: OriginRecord | undefined;
}

async function copyAll(source: LocalSource, staging: string, totalBytes: number, { signal, onProgress }: ImportOptions): Promise<Copied> {
  const files: Record<string, FileRecord> = {};
  let record: OriginRecord | undefined;
  let doneBytes = 0;
  for await (const entry of source.type === 'bundle' ? readTar(source.path) : readFolder(source.path)) {
    const name = basename(entry.name);
    if (name === originFileName) record = parseOrigin(await readText(entry));
    else if (isCheckpointFile(name)) {
      if (files[name])
        throw new VisionError('MODEL_FILE_CORRUPT', `${source.path} holds ${name} twice.`, { hint: 'Make the bundle again.' });
      const copy = await HashedFile.create(join(staging, name));
      try {
        for await (const bytes of entry.content) {
          signal.throwIfAborted();
          await copy.write(bytes);
          doneBytes += bytes.length;
          onProgress?.({ type: 'copy', file: name, doneBytes, totalBytes });
        }
        files[name] = await copy.finish();
      } finally {
        await copy.close();
      }
    }
  }
  return { files, record };
}

async function* readFolder(path: string): AsyncGenerator<TarEntry> {
  for (const name of await readdir(path)) {
    if (!isCheckpointFile(name) && name !== originFileName) continue;
    const handle = await open(join(path, name), 'r');
    try {
      yield { name, size: (await handle.stat()).size, content: handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 }) };
    } finally {
      await handle.close();
    }
  }
}

async function readText({ content, size }: TarEntry): Promise<string> {
  if (size > maxRecordBytes) return '';
  const chunks: Uint8Array[] = [];
  for await (const bytes of content) chunks.push(bytes);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws CheckpointError MODEL_FILE_CORRUPT naming the file that is missing or other than recorded */
function checkRecord(path: string, files: Copied['files'], record: OriginRecord | undefined): void {
  for (const [name, { sha256 }] of Object.entries(record?.files ?? {})) {
    if (files[name]?.sha256 === sha256) continue;
    const what = files[name]
      ? `has the SHA-256 ${files[name].sha256.slice(0, 16)}…; its record says ${sha256.slice(0, 16)}…`
      : 'is missing';
    throw new CheckpointError(
      'MODEL_FILE_CORRUPT',
      `${name} in ${path} ${what}.`,
      { file: name },
      { hint: 'Copy it again from where it came from.' },
    );
  }
}

/** Published weights have a name of their own, whoever brings them. */
function recognise(
  files: Copied['files'],
  record: OriginRecord | undefined,
): { readonly origin: Pick<OriginRecord, 'repository' | 'revision' | 'licence'>; readonly notices: readonly string[] } {
  const entry = catalogue.find((known) => Object.entries(known.files).every(([name, { sha256 }]) => files[name]?.sha256 === sha256));
  if (entry) {
    const revision = record?.repository === entry.repository ? record.revision : null;
    return { origin: { repository: entry.repository, revision, licence: entry.licence }, notices: [] };
  }
  if (record === undefined)
    return { origin: { repository: null, revision: null, licence: null }, notices: ['The origin of these files is not known.'] };
  const { repository, revision, licence } = record;
  const claimed = catalogue.find((known) => known.repository === repository);
  const notices = claimed
    ? [`These are not the weights that this version knows as ${claimed.alias}; they came from revision ${revision}.`]
    : [];
  return { origin: { repository, revision, licence }, notices };
}
