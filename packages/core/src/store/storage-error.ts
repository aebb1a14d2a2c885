import { describeSystemError, VisionError } from '@h2ovl/contract';
import { deniedHint } from './denied-access.ts';

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, or set H2OVL_HOME to a folder on a larger disk.',
  EDQUOT: 'Your disk quota is used up: free some space, or set H2OVL_HOME to another disk.',
  ENOTDIR: 'A part of this path is a file. Choose another output folder or set H2OVL_HOME.',
  EEXIST: 'A file is in the way. Choose another output folder or set H2OVL_HOME.',
  EACCES: 'You may not write there. Choose another output folder or set H2OVL_HOME.',
  EPERM: 'You may not write there. Choose another output folder or set H2OVL_HOME.',
  EROFS: 'This disk is read-only. Choose another output folder or set H2OVL_HOME.',
};

/** A failed file operation as STORAGE_UNAVAILABLE with the next move. `what` is the sentence without its end. */
export function storageError(what: string, cause: unknown): VisionError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return new VisionError('STORAGE_UNAVAILABLE', `${what}: ${describeSystemError(cause)}.`, {
    hint: deniedHint(cause) ?? hints[code] ?? 'Choose another output folder or set H2OVL_HOME.',
    cause,
  });
}
