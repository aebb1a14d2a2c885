import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { type CatalogueEntry, findInCatalogue, isRepositoryName } from '../catalogue.ts';

/** Where a model is taken from. */
export type PullSource =
  | {
      readonly type: 'hub';
      readonly repository: string;
      /** Branch, tag or commit; undefined when the caller named none. */
      readonly revision: string | undefined;
      readonly entry: CatalogueEntry | undefined;
    }
  | { readonly type: 'folder' | 'bundle'; readonly path: string; readonly name: string };

const revisionPattern = /^[\w.-]+(\/[\w.-]+)*$/;

/**
 * Reads what a caller names: an alias (`0.8b`, `2b`) or ORGANISATION/NAME, both with `@revision` or without, a folder, or a bundle file. An alias wins over a
 * file of the same name, and a file over a repository.
 * @throws VisionError INVALID_ARGUMENT
 */
export async function readPullSource(text: string): Promise<PullSource> {
  const [name = '', revision, ...more] = text.split('@');
  const entry = findInCatalogue(name);
  if (entry === undefined) {
    const info = text === '' ? undefined : await stat(text).catch(() => undefined);
    if (info?.isDirectory()) return { type: 'folder', path: resolve(text), name: basename(resolve(text)) };
    if (info?.isFile()) return { type: 'bundle', path: resolve(text), name: basename(text).replace(/\.tar$/i, '') };
    if (name.toLowerCase() === 'nano' || name === '@h2ovl/nano') throw refuse('nano comes with the program and needs no download');
    if (!isRepositoryName(name))
      throw refuse(`${JSON.stringify(text)} is neither a known model, nor a repository, nor a file or folder that is there`);
  }
  if (more.length > 0 || (revision !== undefined && !isRevision(revision)))
    throw refuse(`${JSON.stringify(text)} does not end in a revision`);
  return { type: 'hub', repository: entry?.repository ?? name, revision, entry };
}

function isRevision(text: string): boolean {
  return text.length <= 200 && revisionPattern.test(text) && !text.includes('..');
}

function refuse(what: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `${what}.`, {
    hint: 'Name 0.8b, 2b, ORGANISATION/NAME or ORGANISATION/NAME@REVISION on the hub, a folder with a checkpoint, or a bundle.',
  });
}
