import { abortable, invalidArgument, kindOf, maxImageFileBytes, VisionError } from '@h2ovl/contract';
import { decodeBase64 } from '../decode-base64.ts';
import { readBytes } from '../read-bytes.ts';
import type { DocumentInput } from './document-options.ts';

/** A document as a request carries it. */
export interface DocumentFile {
  readonly content: Blob;
  /** What the server calls it in messages. */
  readonly name: string;
}

/** The bytes of a document with its name. Throws VisionError INVALID_ARGUMENT, IMAGE_NOT_FOUND, IMAGE_UNREADABLE or IMAGE_TOO_LARGE, or the signal's reason. */
export async function readDocumentFile(input: DocumentInput, name: string | undefined, signal: AbortSignal): Promise<DocumentFile> {
  signal.throwIfAborted();
  // Not instanceof: bytes from another realm are as good.
  const kind = Object.prototype.toString.call(input);
  if (kind === '[object Uint8Array]' || kind === '[object ArrayBuffer]') return named(new Blob([input as ArrayBuffer]), name);
  if (kind === '[object Blob]' || kind === '[object File]') return named(input as Blob, name ?? (input as Partial<File>).name);
  if (typeof input === 'object' && input !== null && (Symbol.asyncIterator in input || 'getReader' in input)) {
    return named(await collect(input as ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>, signal), name);
  }
  if (typeof input !== 'string' && kind !== '[object URL]') {
    throw refuse(`The document is ${kindOf(input)}.`, 'Pass bytes, a Blob, a path, a data: or file: URL, or a stream of bytes.');
  }
  const address = String(input);
  if (/^data:/i.test(address)) return named(readDataUrl(address), name);
  const scheme = /^([a-z][a-z\d+.-]+):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file' && (typeof input !== 'string' || address.startsWith('//', scheme.length + 1))) {
    // The scheme alone: what follows may hold a password.
    throw refuse(`The document is an address (${scheme.slice(0, 40)}:), and nothing is fetched.`, 'Download it and pass its bytes.');
  }
  const { readFile } = await import('../read-file.ts'); // the only module that needs a file system
  const bytes = await readFile(input as string | URL, 'document', signal);
  const last = address.split(/[/\\]/).at(-1) ?? '';
  return named(new Blob([bytes as Uint8Array<ArrayBuffer>]), name ?? (scheme === 'file' ? decodeName(last) : last));
}

function named(content: Blob, name: string | undefined): DocumentFile {
  return { content, name: name === undefined || name === '' ? 'document' : name };
}

function refuse(message: string, hint: string): VisionError {
  return invalidArgument(message, 'document', hint);
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function readDataUrl(address: string): Blob {
  const comma = address.indexOf(',');
  if (comma < 0 || !/;base64$/i.test(address.slice(0, Math.min(comma, 200)))) {
    throw refuse('The data: URL holds no base64.', 'Write it as data:application/pdf;base64,…, or pass the bytes.');
  }
  try {
    return new Blob([decodeBase64(address.slice(comma + 1)) as Uint8Array<ArrayBuffer>]);
  } catch {
    throw refuse('The base64 of the data: URL cannot be read.', 'Pass the bytes instead.');
  }
}

/** All bytes of a stream; it is cancelled when the call ends before it. */
async function collect(stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let byteCount = 0;
  for await (const piece of piecesOf(stream, signal)) {
    if (Object.prototype.toString.call(piece) !== '[object Uint8Array]') {
      throw refuse(`The stream gave something of type ${typeof piece}, not bytes.`, 'Read it without an encoding.');
    }
    byteCount += piece.length;
    if (byteCount > maxImageFileBytes) {
      throw new VisionError('IMAGE_TOO_LARGE', `The stream has more than ${maxImageFileBytes} bytes, the most a document may have.`, {
        param: 'document',
        hint: 'Split it.',
      });
    }
    pieces.push(Uint8Array.from(piece)); // a reader may use its buffer again
  }
  return new Blob(pieces);
}

async function* piecesOf(
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  if ('getReader' in stream) {
    yield* readBytes(stream, signal);
    return;
  }
  const iterator = stream[Symbol.asyncIterator]();
  let isAtEnd = false;
  try {
    for (;;) {
      const turn = await abortable(iterator.next(), signal);
      if (turn.done === true) {
        isAtEnd = true;
        return;
      }
      yield turn.value;
    }
  } finally {
    if (!isAtEnd) Promise.resolve(iterator.return?.()).catch(() => {}); // not awaited: what never comes may never end either
  }
}
