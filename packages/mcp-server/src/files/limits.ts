import { maxImageFileBytes } from '@h2ovl/contract';

/** Largest file that is read, in bytes. */
export const maxFileBytes: number = maxImageFileBytes;

/** Most folder entries one listing looks at; home folders with package caches hold hundreds of thousands. */
export const maxWalkedEntries: number = 20_000;

/** Deepest folder a listing enters, counted from the root. */
export const maxWalkDepth: number = 12;

/** Longer than any path that a file system takes. */
export const maxPathChars = 4096;
