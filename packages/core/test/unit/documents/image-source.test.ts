import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import type { ImageFileInput } from '@h2ovl/contract';
import { afterAll, describe, expect, test } from 'vitest';
import { readImageSource } from '../../../src/documents/image-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'image-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, bytes: readonly number[]): string => {
  const path = join(folder, name);
  writeFileSync(path, Uint8Array.from(bytes));
  return path;
};
const read = async (input: ImageFileInput): Promise<number[]> => [...(await readImageSource(input)).bytes];
const refusal = (code: string, message: RegExp, hint?: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message), ...(hint ? { hint: expect.stringMatching(hint) } : {}) });

describe('readImageSource reads', () => {
  test('bytes as they are, without a copy', async () => {
    const bytes = Uint8Array.from([1, 2]);
    expect((await readImageSource(bytes)).bytes).toBe(bytes);
    expect(await read(Uint8Array.from([3]).buffer)).toEqual([3]);
  });

  test('bytes of another realm', async () => {
    expect(await read(runInNewContext('Uint8Array.from([1, 2])'))).toEqual([1, 2]);
    expect(await read(runInNewContext('Uint8Array.from([3]).buffer'))).toEqual([3]);
  });

  test('a Blob, and takes the name of a File', async () => {
    expect(await readImageSource(new Blob([Uint8Array.from([4])]))).toEqual({ bytes: Uint8Array.from([4]), name: 'Image blob' });
    expect((await readImageSource(new File([Uint8Array.from([4])], 'bill.png'))).name).toBe('bill.png');
  });

  test('a path, a file URL, a file URL as text, and a link', async () => {
    const path = write('a b.png', [5, 6]);
    const link = join(folder, 'link.png');
    symlinkSync(path, link);
    for (const input of [path, pathToFileURL(path), pathToFileURL(path).href, link]) expect(await read(input)).toEqual([5, 6]);
    expect((await readImageSource(path)).name).toBe(path);
  });

  test('a file of several chunks whole', async () => {
    const path = join(folder, 'large.bin');
    const bytes = Buffer.alloc(9_000_000, 'abcdefg');
    writeFileSync(path, bytes);
    expect(Buffer.compare((await readImageSource(path)).bytes, bytes)).toBe(0);
  });

  test.each([
    ['base64', 'data:image/png;base64,AQID'],
    ['base64 of the URL kind, unpadded', 'data:;base64,-_8'],
    ['base64 with line breaks', 'DATA:image/png;charset=x;base64,AQ\r\nID\n'],
    ['base64 with escaped padding', 'data:image/png;base64,AQ%3D%3D'],
    ['percent encoding', 'data:image/png,A%01%ffB%zz'],
  ])('a data URL in %s', async (_, address) => {
    const expected: Record<string, number[]> = {
      '-_8': [251, 255],
      'ID\n': [1, 2, 3],
      QID: [1, 2, 3],
      '%3D': [1],
      '%zz': [65, 1, 255, 66, 37, 122, 122],
    };
    expect(await read(address)).toEqual(expected[address.slice(-3)]);
    if (!address.endsWith('\n')) expect(await read(new URL(address))).toEqual(expected[address.slice(-3)]);
  });

  test('a data URL of many steps whole', async () => {
    const bytes = Buffer.alloc(3_000_001, 'abcdefghijk');
    const text = bytes.toString('base64').replace(/.{76}/g, '$&\n');
    expect(Buffer.compare((await readImageSource(`data:image/png;base64,${text}`)).bytes, bytes)).toBe(0);
  });
});

describe('readImageSource refuses', () => {
  test('what is no image input, by type', async () => {
    for (const [input, message] of [
      [42, /not number/],
      [null, /not null/],
      [undefined, /not undefined/],
      [{}, /not object/],
    ] as const) {
      await expect(readImageSource(input as unknown as ImageFileInput)).rejects.toThrow(refusal('INVALID_ARGUMENT', message));
    }
  });

  test.each([
    ['', /path of the image is empty/, /Pass the path/],
    ['a\0b.png', /NUL/, undefined],
    ['http://', /not a valid URL/, undefined],
    ['file://other.host/page.png', /does not name a file on this machine/, /file:\/\/\//],
    ['data:image/png;base64', /no comma/, /data:image\/png;base64,/],
    ['data:;base64,AQI!', /"!", which is not base64/, /Encode/],
    ['data:;base64,AQ==AQ==', /"=", which is not base64/, /Encode/],
    ['data:;base64,AQIDA', /middle of a base64 group/, /Encode/],
    [
      'https://example.com/page.png?token=secret',
      /^https:\/\/example\.com\/page\.png is a remote image, and remote images are switched off/,
      /allowRemoteImages/,
    ],
  ])('%j as an address', async (input, message, hint) => {
    await expect(readImageSource(input)).rejects.toThrow(refusal('INVALID_ARGUMENT', message, hint));
  });

  test('URLs of other kinds', async () => {
    await expect(readImageSource(new URL('ftp://example.com/a.png'))).rejects.toThrow(
      refusal('INVALID_ARGUMENT', /ftp: addresses/, /path/),
    );
  });

  test('a file that is not there, and a path through a file', async () => {
    const file = write('plain', [1]);
    for (const path of [join(folder, 'missing.png'), join(file, 'below.png')]) {
      await expect(readImageSource(path)).rejects.toThrow(refusal('IMAGE_NOT_FOUND', /does not exist/, /path/));
    }
  });

  test('bare base64, without repeating it', async () => {
    const error: unknown = await readImageSource('iVBORw0KGgo'.repeat(1000)).catch((reason: unknown) => reason);
    expect(error).toEqual(refusal('IMAGE_NOT_FOUND', /^.{0,220}11000 characters/, /data:image\/png;base64,/));
  });

  test('a folder, a pipe and a device, without waiting for them', async () => {
    const below = join(folder, 'folder');
    mkdirSync(below);
    await expect(readImageSource(below)).rejects.toThrow(
      refusal('IMAGE_UNREADABLE', /is a folder, not a file with an image or a document/, /one by one/),
    );
    await expect(readImageSource('  ')).rejects.toThrow(refusal('IMAGE_NOT_FOUND', /^" {2}" does not exist/));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readImageSource(pipe)).rejects.toThrow(refusal('IMAGE_UNREADABLE', /is a named pipe/, /regular file/));
    await expect(readImageSource('/dev/zero')).rejects.toThrow(refusal('IMAGE_UNREADABLE', /is a device or socket/, /regular file/));
  });

  test('a file without permission', async () => {
    const path = write('secret.png', [1]);
    chmodSync(path, 0o000);
    const isRoot = process.geteuid?.() === 0;
    // Root may read everything, so it steps down for a moment.
    if (isRoot) process.seteuid?.(65_534);
    try {
      await expect(readImageSource(path)).rejects.toThrow(refusal('IMAGE_UNREADABLE', /cannot be read \(EACCES\)/, /permission/));
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test('nothing: 0 bytes from anywhere', async () => {
    for (const input of [new Uint8Array(0), new ArrayBuffer(0), new Blob([]), 'data:image/png;base64,', write('empty.png', [])]) {
      await expect(readImageSource(input)).rejects.toThrow(refusal('IMAGE_UNREADABLE', /0 bytes/));
    }
  });

  test('more bytes than the limit, with both numbers, before reading them', async () => {
    const sparse = join(folder, 'sparse.png');
    writeFileSync(sparse, '');
    truncateSync(sparse, 5_000_000_000);
    await expect(readImageSource(sparse)).rejects.toThrow(
      refusal('IMAGE_TOO_LARGE', /5,000,000,000 bytes; at most 200,000,000/, /smaller/),
    );
    const four = Uint8Array.from([1, 2, 3, 4]);
    for (const input of [four, new Blob([four]), 'data:;base64,AQIDBA==', 'data:,abcd', write('four.png', [1, 2, 3, 4])]) {
      expect((await readImageSource(input, { maxBytes: 4 })).bytes).toHaveLength(4);
      await expect(readImageSource(input, { maxBytes: 3 })).rejects.toThrow(refusal('IMAGE_TOO_LARGE', /4 bytes; at most 3/));
    }
  });
});

describe('readImageSource stops with the reason', () => {
  const reason = new Error('enough');

  test('before it begins', async () => {
    await expect(readImageSource(write('any.png', [1]), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('while a file is read and while a data URL is decoded', async () => {
    const path = join(folder, 'long.bin');
    writeFileSync(path, Buffer.alloc(40_000_000));
    for (const input of [path, `data:;base64,${'AAAA'.repeat(15_000_000)}`]) {
      const controller = new AbortController();
      const work = readImageSource(input, { signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      await expect(work).rejects.toBe(reason);
    }
  });
});
