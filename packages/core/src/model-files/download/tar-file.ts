import { type FileHandle, open } from 'node:fs/promises';
import { VisionError } from '@h2ovl/contract';

/** A regular file inside a tar file. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** Its bytes in order; whoever leaves early must not read on. */
  readonly content: AsyncIterable<Uint8Array>;
}

const blockBytes = 512;
const readBytes = 1024 * 1024;
/** A bundle has about ten entries; more means that it is something else. */
const maxEntries = 1000;
/** The largest size that eleven octal digits hold. */
const maxSize = 0o77777777777;

/** The header of a regular file: POSIX ustar, without owner and time, so that the same files make the same bundle. */
export function tarHeader(name: string, size: number): Uint8Array {
  if (Buffer.byteLength(name) > 100 || size > maxSize) throw new RangeError(`${name} (${size} bytes) does not fit a tar header`);
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Bytes of zeros after a file of this size. */
export const tarPadding = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;

/** The end of a tar file. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockBytes);

/**
 * Reads the regular files of a tar file one after the other; folders, links and extended headers are passed over.
 * @throws VisionError MODEL_FILE_CORRUPT when it is not a tar file or ends early
 */
export async function* readTar(path: string): AsyncGenerator<TarEntry> {
  const handle = await open(path, 'r');
  try {
    let at = 0;
    for (let count = 0; count < maxEntries; count += 1) {
      const header = await readExactly(handle, at, blockBytes, path);
      if (header.every((byte) => byte === 0)) return;
      const size = parseOctal(header.subarray(124, 136));
      if (size === undefined || parseOctal(header.subarray(148, 156)) !== checksum(header))
        throw damaged(path, `no tar header at byte ${at}`);
      at += blockBytes;
      const type = header[156];
      if (type === 0 || type === 0x30) yield { name: entryName(header), size, content: readContent(handle, at, size, path) };
      at += size + tarPadding(size);
    }
    throw damaged(path, `more than ${maxEntries} entries`);
  } finally {
    await handle.close();
  }
}

function entryName(header: Buffer): string {
  const text = (from: number, length: number): string => header.toString('utf8', from, from + length).split('\0', 1)[0] as string;
  const isPosix = text(257, 5) === 'ustar';
  const prefix = isPosix ? text(345, 155) : '';
  return prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
}

async function* readContent(handle: FileHandle, from: number, size: number, path: string): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size; ) {
    const bytes = await readExactly(handle, from + done, Math.min(readBytes, size - done), path);
    done += bytes.length;
    yield bytes;
  }
}

async function readExactly(handle: FileHandle, from: number, length: number, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, from + done);
    if (bytesRead === 0) throw damaged(path, `it ends at byte ${from + done}`);
    done += bytesRead;
  }
  return bytes;
}

function parseOctal(field: Buffer): number | undefined {
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trim();
  return /^[0-7]{1,11}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function damaged(path: string, what: string): VisionError {
  return new VisionError('MODEL_FILE_CORRUPT', `${path} is not a complete bundle: ${what}.`, {
    hint: 'Copy it again, or make it again where the model is.',
  });
}
