import { type ImageInput, VisionError } from '@h2ovl/contract';
import { isPagedDocument } from '../files/is-paged.ts';
import type { DocumentBytes } from '../files/read-document.ts';
import { severalPages } from './extract-page.ts';

/** Which page, and how its document is opened. */
export interface PagePlace {
  readonly page: number | undefined;
  readonly password: string | undefined;
  readonly maxDecoders: number | undefined;
  readonly signal: AbortSignal;
}

/** The picture that a question is about: the file itself, or one page of a document that is open until `use` has ended. */
export async function withPageImage<T>(
  document: DocumentBytes,
  { page, password, maxDecoders, signal }: PagePlace,
  use: (image: ImageInput) => Promise<T>,
): Promise<T> {
  if (!isPagedDocument(document.bytes)) {
    if (page === undefined || page === 1) return use(document.bytes);
    throw new VisionError('PAGE_NOT_FOUND', `${document.name} is an image of one page; there is no page ${page}.`, {
      hint: 'Leave `page` out.',
      param: 'page',
    });
  }
  const { openDocument } = await import('@h2ovl/core');
  const opened = await openDocument(document.bytes, { name: document.name, password, maxDecoders, signal });
  await using _ = opened;
  if (page === undefined && opened.pageCount > 1) {
    throw severalPages(document.name, opened.pageCount);
  }
  return await use(await opened.page(page ?? 1, signal));
}
