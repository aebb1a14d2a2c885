/** Largest file that is read, in bytes: a page scanned at 1200 dpi in colour stays below it. */
export const maxFileBytes: number = 200 * 1024 * 1024;

/** Most folder entries one listing looks at; home folders with package caches hold hundreds of thousands. */
export const maxWalkedEntries: number = 20_000;

/** Deepest folder a listing enters, counted from the root. */
export const maxWalkDepth: number = 12;
