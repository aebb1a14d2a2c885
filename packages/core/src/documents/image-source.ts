import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { type ImageFileInput, shortenName, VisionError } from '@h2ovl/contract';
import { fetchImage, type RemoteImages } from './fetch-image.ts';
import { checkByteCount, defaultMaxImageBytes } from './image-limits.ts';
import { readDataUrl } from './read-data-url.ts';
import { readImageFile } from './read-image-file.ts';

export interface ReadImageSourceOptions {
  /** Bytes an image file may have; larger ones are refused before they are read. @default 200_000_000 */
  readonly maxBytes?: number | undefined;
  /** Whether https addresses are fetched, and from which private hosts. @default false */
  readonly allowRemote?: RemoteImages | undefined;
  /** Stops the reading; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** What to call it in messages. @default what it says of itself */
  readonly name?: string | undefined;
}

/** An encoded image and what to call it in messages. */
export interface ImageSource {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** Options with every value known. */
interface SourceLimits {
  readonly maxBytes: number;
  readonly allowRemote: RemoteImages;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the encoded bytes of an image from wherever the caller keeps it. Bytes that are already in memory are not copied.
 * @throws VisionError INVALID_ARGUMENT (not an image input, remote without `allowRemote`), IMAGE_NOT_FOUND, IMAGE_UNREADABLE (empty, not a regular file,
 * no permission), IMAGE_TOO_LARGE; the signal's reason when aborted
 */
export async function readImageSource(
  input: ImageFileInput,
  { maxBytes = defaultMaxImageBytes, allowRemote = false, signal, name }: ReadImageSourceOptions = {},
): Promise<ImageSource> {
  signal?.throwIfAborted();
  const read = await readInput(input, { maxBytes, allowRemote, signal });
  const source = name === undefined ? read : { ...read, name };
  signal?.throwIfAborted();
  checkByteCount(source.name, source.bytes.byteLength, maxBytes);
  if (source.bytes.byteLength === 0) {
    throw new VisionError('IMAGE_UNREADABLE', `${source.name} is empty: it has 0 bytes.`, { hint: 'Check the step that writes it.' });
  }
  return source;
}

async function readInput(input: ImageFileInput, limits: SourceLimits): Promise<ImageSource> {
  if (typeof input === 'string') return /^(data|file|https?):/i.test(input) ? readUrl(input, limits) : readPath(input, limits);
  if (input instanceof URL) return readUrl(input.href, limits);
  // Not instanceof: bytes from another realm (a test runner's sandbox) are as good.
  if (types.isUint8Array(input)) return { bytes: input, name: 'Image bytes' };
  if (types.isArrayBuffer(input)) return { bytes: new Uint8Array(input), name: 'Image bytes' };
  if (input instanceof Blob) return readBlob(input, limits);
  const what = input === null ? 'null' : typeof input; // plain JavaScript callers get here
  throw new VisionError('INVALID_ARGUMENT', `An image is bytes (Uint8Array, ArrayBuffer), a Blob, a URL or a path, not ${what}.`);
}

/** The path that a document names, as a path or a `file:` URL; undefined for every other kind. @throws VisionError INVALID_ARGUMENT */
export function findPath(input: ImageFileInput): string | undefined {
  const address = input instanceof URL ? input.href : input;
  if (typeof address !== 'string' || /^(data|https?):/i.test(address)) return undefined;
  if (!/^file:/i.test(address)) return input instanceof URL ? undefined : checkPath(address, 'document');
  if (!URL.canParse(address)) throw new VisionError('INVALID_ARGUMENT', `${shortenName(address)} is not a valid URL.`);
  return checkPath(toPath(new URL(address)), 'document');
}

async function readUrl(address: string, limits: SourceLimits): Promise<ImageSource> {
  // Before anything is parsed: a data URL can be hundreds of megabytes long.
  if (/^data:/i.test(address)) return { bytes: await readDataUrl(address, limits), name: 'Image data URL' };
  if (!URL.canParse(address)) throw new VisionError('INVALID_ARGUMENT', `${shortenName(address)} is not a valid URL.`);
  const url = new URL(address);
  if (url.protocol === 'file:') return readPath(toPath(url), limits);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new VisionError('INVALID_ARGUMENT', `Images are not read from ${url.protocol} addresses.`, {
      hint: 'Pass a path, bytes, or a data:, file: or https: URL.',
    });
  }
  // Without query and user: they may hold secrets, and names end up in messages.
  const name = `${url.origin}${url.pathname}`;
  if (!limits.allowRemote) {
    throw new VisionError('INVALID_ARGUMENT', `${name} is a remote image, and remote images are switched off.`, {
      hint: 'Load the model with allowRemoteImages: true, or download the image and pass its path.',
    });
  }
  const { maxBytes, signal } = limits;
  const hosts = limits.allowRemote === true ? {} : limits.allowRemote;
  return { bytes: await fetchImage(url, name, { maxBytes, signal, ...hosts }), name };
}

async function readPath(path: string, limits: SourceLimits): Promise<ImageSource> {
  const name = shortenName(checkPath(path, 'image'));
  return { bytes: await readImageFile(path, name, limits), name };
}

function checkPath(path: string, what: 'image' | 'document'): string {
  if (path === '' || path.includes('\0')) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      path === '' ? `The path of the ${what} is empty.` : `The path of the ${what} holds a NUL character.`,
      { hint: 'Pass the path of a file, or its bytes.' },
    );
  }
  return path;
}

async function readBlob(blob: Blob, { maxBytes }: SourceLimits): Promise<ImageSource> {
  const name = 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? shortenName(blob.name) : 'Image blob';
  checkByteCount(name, blob.size, maxBytes);
  return { bytes: new Uint8Array(await blob.arrayBuffer()), name };
}

function toPath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new VisionError('INVALID_ARGUMENT', `${shortenName(url.href)} does not name a file on this machine.`, {
      hint: 'Use file:///path, or pass the path itself.',
      cause,
    });
  }
}
