import { type ImageInput, VisionError } from '@h2ovl/contract';
import { isPagedDocument } from '../files/is-paged.ts';
import type { DocumentBytes } from '../files/read-document.ts';

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
  return await use(await opened.page(pageMeant(page, document.name, opened.pageCount), signal));
}

/** The page that is asked about. @throws VisionError INVALID_ARGUMENT where there are several and none is named: that is for the caller to say */
export function pageMeant(page: number | undefined, name: string, count: number): number {
  if (page !== undefined || count === 1) return page ?? 1;
  throw new VisionError('INVALID_ARGUMENT', `${name} has ${count} pages.`, {
    hint: 'Name one with `page`; read_document finds the right one.',
    param: 'page',
  });
}
