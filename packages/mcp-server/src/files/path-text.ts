import { isUtf8 } from 'node:buffer';
import { readlink, realpath } from 'node:fs/promises';

/** A byte that is no UTF-8 is carried by the lone surrogate that ends in it, which no path of text holds. */
const strayByte = 0xdc00;

/**
 * The name or path of a file as text. To Linux these are bytes, which need not be UTF-8: files out of old archives often are not. Each sequence of bytes has a
 * text of its own, so that two files never become one.
 */
export function readPath(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((count) => at + count <= bytes.length && isUtf8(bytes.subarray(at, at + count)));
    text += length === undefined ? String.fromCharCode(strayByte + (bytes[at] as number)) : bytes.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return text;
}

/** The path that `readPath` made the text of, as the file system takes it. */
export function writePath(text: string): string | Buffer {
  if (!/\p{Cs}/u.test(text)) return text;
  const isStray = (code: number): boolean => code >= strayByte + 0x80 && code <= strayByte + 0xff;
  return Buffer.concat(
    Array.from(text, (letter) => {
      const code = letter.codePointAt(0) as number; // of a letter there is one
      return isStray(code) ? Buffer.from([code - strayByte]) : Buffer.from(letter);
    }),
  );
}

/** What is shown of a text: a mark in place of what is no letter. */
export function showPath(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

/** The path with all links followed; undefined when nothing is there, or it is not ours to see. */
export async function findRealPath(path: string): Promise<string | undefined> {
  const real = await realpath(writePath(path), { encoding: 'buffer' }).catch(() => undefined);
  return real === undefined ? undefined : readPath(real);
}

/** Where a link leads; undefined when it is none. */
export async function findTarget(link: string): Promise<string | undefined> {
  const target = await readlink(link, { encoding: 'buffer' }).catch(() => undefined);
  return target === undefined ? undefined : readPath(target);
}
