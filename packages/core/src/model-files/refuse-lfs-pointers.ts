import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CheckpointError, isLfsPointer, maxLfsPointerBytes } from '@h2ovl/contract';

/**
 * Refuses a checkpoint or converted model that was cloned without Git LFS: such a file has a few lines about the real one in its place, which any reader of its format would
 * take for damage. @throws CheckpointError MODEL_FILE_CORRUPT
 */
export async function refuseLfsPointers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []); // a folder that cannot be read is named by whoever needs its files
  const pointers: string[] = [];
  for (const name of names.sort()) {
    const file = join(directory, name);
    const info = await stat(file).catch(() => undefined);
    if (!info?.isFile() || info.size > maxLfsPointerBytes) continue;
    if (isLfsPointer(await readFile(file, 'latin1'))) pointers.push(file);
  }
  const [file, ...others] = pointers;
  if (file === undefined) return;
  const more = others.length === 0 ? '' : ` The same goes for ${others.map((other) => basename(other)).join(', ')}.`;
  throw new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `${file} is a pointer of Git LFS, not the file itself: the folder was cloned without Git LFS.${more}`,
    { file },
    { hint: 'Run "git lfs pull" in its repository, or download the model from the hub.' },
  );
}
