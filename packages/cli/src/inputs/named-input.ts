import type { VisionError } from '@h2ovl/contract';
import type { DocumentInput } from '@h2ovl/core';

/** A document that was named on the command line, or found in a folder that was. */
export type NamedInput = DocumentToOpen | RefusedInput;

/** A document that is there. */
export interface DocumentToOpen {
  /** As it was named, or where it was found. */
  readonly file: string;
  /** A pipe has no place of its own, and an address is not on this machine. */
  readonly kind: 'file' | 'pipe' | 'address';
  /** What to call it in messages; undefined where the library knows better. */
  readonly name: string | undefined;
  /** What the library opens. A pipe is first opened here. */
  readonly open: () => DocumentInput;
  readonly error?: never;
}

/** It cannot be read, as is known before anything is opened. */
export interface RefusedInput {
  readonly file: string;
  readonly error: VisionError;
}
