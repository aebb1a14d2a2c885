import { maxImageFileBytes } from '@h2ovl/contract';

/** Largest file that is read, in bytes. */
export const maxFileBytes: number = maxImageFileBytes;

/** Most folder entries one listing looks at; home folders with package caches hold hundreds of thousands. */
export const maxWalkedEntries: number = 20_000;

/** Deepest folder a listing enters, counted from the root. */
export const maxWalkDepth: number = 12;

/** How long a walk over the folders may take, in ms: a folder of a slow network may take a second, and a client waits a minute. */
export const maxWalkMs: number = 30_000;

/** How long what a folder held may be kept for the following pages of a listing, in ms: some file systems do not tell that a folder changed. */
export const maxKeptFolderMs: number = 10 * 60_000;

/** Longer than any path that a file system takes. */
export const maxPathChars: number = 4096;
