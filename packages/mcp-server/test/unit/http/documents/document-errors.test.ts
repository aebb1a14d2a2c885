import { VisionError, type VisionErrorCode } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { toDocumentError } from '../../../../src/http/documents/document-errors.ts';

const paramOf = (code: VisionErrorCode, param?: string): unknown =>
  (toDocumentError(new VisionError(code, 'It failed.', param === undefined ? {} : { param })) as VisionError).param;

test('what the library cannot read is named as the part of the request that holds it', () => {
  for (const code of ['IMAGE_UNREADABLE', 'IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE', 'DOCUMENT_UNREADABLE', 'DOCUMENT_TOO_LARGE'] as const) {
    expect([code, paramOf(code)]).toEqual([code, 'document']);
  }
  expect(paramOf('DOCUMENT_ENCRYPTED')).toBe('password');
});

test('what the library names stays, in the words of a request, and what is no fault of the request gets no name', () => {
  expect(paramOf('DOCUMENT_TOO_LARGE', 'maxPages')).toBe('max_pages');
  expect(paramOf('SESSION_FAILED')).toBeUndefined();
});
