import { expect, test } from 'vitest';
import { detectFileKind } from '../../nodes/H2ovl/file-kind.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test.each([
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff\xe0'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF\x10\0\0\0WEBPVP8 '],
  ['image/bmp', 'BM\x36\0\x0c\0\0\0\0\0\x36\0'],
  ['image/avif', '\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf'],
  ['image/avif', '\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf'],
])('takes %s by its first bytes', (mimeType, head) => {
  expect(detectFileKind(bytes(head))).toEqual({ type: 'image', mimeType });
});

test.each([
  ['application/pdf', '%PDF-1.7'],
  ['application/pdf', '\xef\xbb\xbf%PDF-1.4'],
  ['image/tiff', 'II*\0'],
  ['image/tiff', 'MM\0*'],
  ['image/tiff', 'II+\0'],
  ['image/heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
  ['image/heic', '\0\0\0\x10ftypmif1\0\0\0\0'],
])('takes %s as what may have many pages', (mimeType, head) => {
  expect(detectFileKind(bytes(head))).toEqual({ type: 'document', mimeType });
});

test.each([
  ['an AVIF sequence, which is not read yet', '\0\0\0\x18ftypavis\0\0\0\0avismsf1'],
  ['a text file', 'BMW 320i, grey'],
  ['a ZIP or Office file', 'PK\x03\x04'],
  ['an SVG, XML or HTML file', '<svg xmlns="http://www.w3.org/2000/svg">'],
  ['a text file', 'Total 9.50\n'],
  ['a file of an unknown kind', '\x00\x01\x02'],
  ['an empty file', ''],
])('refuses %s and says what to do', (name, head) => {
  const kind = detectFileKind(bytes(head));
  expect(kind).toMatchObject({ type: 'unsupported', name });
  expect(kind.type === 'unsupported' && kind.nextMove).toMatch(/\.$/);
});
