import { extname } from 'node:path';

/** Kinds of documents by the endings of their names. */
export const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.webp', 'image/webp'],
  ['.gif', 'image/gif'],
  ['.tif', 'image/tiff'],
  ['.tiff', 'image/tiff'],
  ['.avif', 'image/avif'],
  ['.bmp', 'image/bmp'],
  ['.heic', 'image/heic'],
  ['.pdf', 'application/pdf'],
]);

/** Whether a file of that name is a document, by its ending. */
export function isDocumentName(name: string): boolean {
  return mediaTypes.has(extname(name).toLowerCase());
}
