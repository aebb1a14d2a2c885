/**
 * Who may read what is written: the user alone, for caches and records, whatever the umask is; or whom the user's umask lets, for files that the user
 * asked for by name.
 */
export type Readers = 'owner' | 'umask';

/** Permission bits of a new file. */
export const fileMode = (readers: Readers): number => (readers === 'owner' ? 0o600 : 0o666);

/** Permission bits of a new folder. */
export const folderMode = (readers: Readers): number => (readers === 'owner' ? 0o700 : 0o777);
