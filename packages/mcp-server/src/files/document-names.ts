import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import { cleanText } from '../clean-text.ts';
import { type DocumentRoots, findRoot } from './document-roots.ts';
import { showPath, writePath } from './path-text.ts';

/** How a document is called. */
export interface DocumentName {
  /** What a person reads: no two documents have the same. */
  readonly name: string;
  /** Stands for the path, whatever characters that holds; the same every time. */
  readonly handle: string;
  /** What the reading tools take: the name where it reads this document and no other, else the handle. */
  readonly source: string;
}

const handlePattern = /^doc_[A-Za-z0-9_-]{22}$/;

/** The handle of a real path. It opens nothing that its path would not: it is looked up among the documents below the roots. */
export function handleOf(path: string): string {
  return `doc_${createHash('sha256').update(writePath(path)).digest('base64url').slice(0, 22)}`;
}

/** The handle in what a client wrote: alone, or in a name as it is listed, `invoice.png (doc_…)`. */
export function readHandle(source: string): string | undefined {
  const text = source.trim();
  const candidate = text.endsWith(')') ? text.slice(text.lastIndexOf(' (') + 2, -1) : text;
  return handlePattern.test(candidate) ? candidate : undefined;
}

/** A document's name: relative for files of the first root, absolute otherwise. */
export function nameDocument(roots: DocumentRoots, path: string): DocumentName {
  const [first = ''] = roots.folders;
  const written = findRoot({ folders: [first] }, path) === undefined ? path : relative(first, path).split(sep).join('/');
  const handle = handleOf(path);
  const shown = cleanText(showPath(written)).text.normalize('NFC').replace(/\s/gu, ' ');
  // Hidden characters, decomposed letters, odd blanks and bytes that are no letters: another name may look the same.
  if (shown !== written || readHandle(written) !== undefined) return { name: `${shown} (${handle})`, handle, source: handle };
  return { name: written, handle, source: written };
}
