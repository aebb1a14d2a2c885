import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameParam, VisionError } from '@h2ovl/contract';
import { maxFileBytes } from './limits.ts';

/** Where a document is: a path as it was meant, or the bytes themselves. */
export type DocumentSource =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'data'; readonly mediaType: string; readonly bytes: Uint8Array };

/**
 * Reads what a client wrote: a path (`~`, quotes and file: URLs understood) or a data: URL, whose data may be one of the marks of `decoded`.
 * @throws INVALID_ARGUMENT for anything else; web addresses have no way in, since this package contains no fetch of documents
 */
export function parseSource(source: string, decoded?: DecodedFiles): DocumentSource {
  const text = stripQuotes(source.trim());
  if (text === '') throw invalid('The source is empty.', 'Name a file, as list_documents shows it.');
  if (/^data:/i.test(text)) return { type: 'data', ...parseDataUrl(text, decoded) };
  if (decoded?.has(text) === true) {
    throw invalid('The source is longer than any path, and is no data: URL.', 'Write bytes as data:<media type>;base64,<data>.');
  }
  if (text.includes('\0')) throw invalid('The path contains a NUL byte.', 'Name a file, as list_documents shows it.');
  if (/^file:/i.test(text)) return { type: 'path', path: readFileUrl(text) };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    const scheme = text.slice(0, text.indexOf(':'));
    throw invalid(
      `${scheme}: addresses are not read: this server opens no connections.`,
      'Save the document under an allowed folder and name the file.',
    );
  }
  if (text === '~' || text.startsWith('~/') || text.startsWith('~\\')) return { type: 'path', path: join(homedir(), text.slice(1)) };
  return { type: 'path', path: text };
}

/** What was decoded before, by what stands in its place; undefined where it was not base64. */
export type DecodedFiles = Pick<ReadonlyMap<string, Uint8Array | undefined>, 'get' | 'has'>;

/**
 * The bytes of a base64 `data:` URL, or those of `decoded` where its data is one of their marks.
 * @throws INVALID_ARGUMENT for another encoding or broken base64, IMAGE_TOO_LARGE above the file limit
 */
export function parseDataUrl(url: string, decoded?: DecodedFiles): { readonly mediaType: string; readonly bytes: Uint8Array } {
  const comma = url.indexOf(',');
  const head = comma < 0 ? url.slice(5, 105) : url.slice(5, comma);
  const match = /^([a-z0-9!#$&^_.+/-]*)((?:;[^;,]*)*);base64$/i.exec(head);
  if (comma < 0 || match === null) {
    throw invalid('The data: URL is not of the form data:<media type>;base64,<data>.', 'Encode the bytes as base64.');
  }
  const mediaType = (match[1] ?? '').toLowerCase() || 'application/octet-stream';
  const known = decoded?.get(url.slice(comma + 1));
  if (known !== undefined) return { mediaType, bytes: known };
  const base64 = url.slice(comma + 1).replace(/\s*[\r\n]\s*/g, ''); // encoders break lines after 64 or 76 letters
  const byteCount = Math.floor((base64.length * 3) / 4);
  if (byteCount > maxFileBytes) {
    throw new VisionError('IMAGE_TOO_LARGE', `The document has about ${byteCount} bytes; at most ${maxFileBytes} are read.`, {
      hint: 'Send a smaller or more compressed image.',
    });
  }
  // Buffer.from skips what it does not know, which would turn a damaged upload into a damaged image.
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64) || base64.length === 0) {
    throw invalid('The data: URL holds characters that are not base64, or nothing.', 'Encode the bytes as base64.');
  }
  return { mediaType, bytes: Buffer.from(base64, 'base64') };
}

/**
 * The bytes of a text that is base64, or a base64 `data:` URL, whose media type is not believed.
 * @throws as `parseDataUrl` does, with `param`
 */
export function readBase64(text: string, param: string, decoded?: DecodedFiles): Uint8Array {
  try {
    return parseDataUrl(/^data:/i.test(text) ? text : `data:;base64,${text}`, decoded).bytes;
  } catch (error) {
    throw nameParam(error, param);
  }
}

function stripQuotes(text: string): string {
  const match = /^(["'`])(.*)\1$/s.exec(text);
  return match?.[2] ?? text;
}

function readFileUrl(text: string): string {
  try {
    return fileURLToPath(new URL(text));
  } catch (error) {
    throw invalid('The file: URL does not name a local file.', 'Write it as file:///folder/name.png.', error);
  }
}

function invalid(message: string, hint: string, cause?: unknown): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, { hint, ...(cause === undefined ? {} : { cause }) });
}
