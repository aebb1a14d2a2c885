import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolvePrompt, toImageUrl } from '../../src/image-part.ts';
import type { ImageInput } from '../../src/index.ts';

const { signal } = new AbortController();
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47]);
const pngUrl = 'data:image/png;base64,iVBORw==';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'h2ovl-sdk-'));
  await writeFile(join(folder, 'page ä.png'), png);
  await writeFile(join(folder, 'huge.png'), '');
  await truncate(join(folder, 'huge.png'), 200_000_001); // sparse: takes no space
});
afterAll(() => rm(folder, { recursive: true }));

describe('toImageUrl', () => {
  it('takes bytes, also a view into a larger buffer, an ArrayBuffer and a Blob', async () => {
    const inside = Uint8Array.from([9, ...png, 9]).subarray(1, 5);
    for (const image of [png, inside, png.slice().buffer, new Blob([png])]) expect(await toImageUrl(image, signal)).toBe(pngUrl);
  });

  it('takes a path and a file: URL, as a string too', async () => {
    const path = join(folder, 'page ä.png');
    for (const image of [path, pathToFileURL(path), pathToFileURL(path).href]) expect(await toImageUrl(image, signal)).toBe(pngUrl);
  });

  it('passes data: and http(s): addresses on untouched', async () => {
    for (const address of ['data:image/png;base64,AA==', 'http://h/a.png', 'HTTPS://h/a.png']) {
      expect(await toImageUrl(address, signal)).toBe(address);
    }
    expect(await toImageUrl(new URL('https://h/a.png'), signal)).toBe('https://h/a.png');
  });

  it.each([
    ['image/jpeg', [0xff, 0xd8, 0xff]],
    ['image/gif', [0x47, 0x49, 0x46, 0x38]],
    ['image/webp', [0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x45, 0x42, 0x50]],
    ['image/tiff', [0x49, 0x49, 0x2a, 0]],
    ['image/tiff', [0x4d, 0x4d, 0, 0x2a]],
    ['image/avif', [0, 0, 0, 0, 0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66]],
    ['image/heic', [0, 0, 0, 0, 0x66, 0x74, 0x79, 0x70, 0x68, 0x65, 0x69, 0x63]],
    ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
    ['application/pdf', [0xef, 0xbb, 0xbf, 0x25, 0x50, 0x44, 0x46, 0x2d]],
    ['application/octet-stream', [1, 2]],
    ['application/octet-stream', []],
  ])('labels %s by its first bytes', async (mediaType, bytes) => {
    expect(await toImageUrl(Uint8Array.from(bytes), signal)).toMatch(`data:${mediaType};base64,`);
  });

  it('says which file is missing, a directory, or too large', async () => {
    const missing = join(folder, 'none.png');
    await expect(toImageUrl(missing, signal)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: `${missing} cannot be read (ENOENT).`,
    });
    await expect(toImageUrl(folder, signal)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE', // as in the library
      message: `${folder} is a folder.`,
      hint: 'Pass the files in it one by one.',
    });
    await expect(toImageUrl('/dev/null', signal)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: '/dev/null is no regular file.',
    });
    await expect(toImageUrl('', signal)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'The path of the image is empty.',
      hint: expect.stringContaining('Pass'),
    });
    await expect(toImageUrl('  ', signal)).rejects.toMatchObject({ message: '"  " cannot be read (ENOENT).' });
    await expect(toImageUrl(join(folder, 'huge.png'), signal)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });

  it('names what it was given shortly', async () => {
    const long = 'a'.repeat(5000);
    for (const image of [long, `${long}/${long}`, `file:${long}`, `${long}://x`, new URL(`${long}:x`)]) {
      const { message } = (await toImageUrl(image, signal).catch((error: unknown) => error)) as Error;
      expect([message.slice(0, 300), message.length < 300]).toEqual([message, true]);
    }
  });

  it('refuses other values and other kinds of address', async () => {
    for (const image of [7, null, undefined, {}]) {
      await expect(toImageUrl(image as unknown as ImageInput, signal)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const call = resolvePrompt({ prompt: '', images: [png, image as unknown as ImageInput] }, signal);
      await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'images[1]' });
    }
    const page = { name: 'a.pdf, page 2', render: () => {} } as unknown as ImageInput;
    await expect(toImageUrl(page, signal)).rejects.toMatchObject({
      message: expect.stringMatching(/^a\.pdf, page 2 is a page of a document/),
    });
    await expect(toImageUrl(new URL('ftp://h/a.png'), signal)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(toImageUrl('file://other-machine/a.png', signal)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('never repeats what an address of another kind holds', async () => {
    for (const image of [new URL('ftp://user:hunter2@h/a.png'), 'ftp://user:hunter2@h/a.png', 's3://hunter2/a.png']) {
      const error = await toImageUrl(image, signal).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', hint: 'Use a data:, file:, http: or https: URL.' });
      expect(String(error)).not.toContain('hunter2');
    }
  });

  it('rejects with the signal’s reason', async () => {
    const reason = new Error('stop');
    await expect(toImageUrl(png, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('resolvePrompt', () => {
  it('resolves pictures in the short form and in messages', async () => {
    expect(await resolvePrompt({ prompt: 'Read.', images: [png], system: 'Be brief.' }, signal)).toEqual({
      prompt: 'Read.',
      images: [pngUrl],
      system: 'Be brief.',
    });
    const content = [
      { type: 'text', text: 'a' },
      { type: 'image', image: png },
    ] as const;
    expect(
      await resolvePrompt(
        {
          messages: [
            { role: 'system', content: 's' },
            { role: 'user', content },
          ],
        },
        signal,
      ),
    ).toEqual({
      messages: [
        { role: 'system', content: 's' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image', url: pngUrl },
          ],
        },
      ],
    });
  });

  it('names the picture that cannot be read, in the short form and in messages', async () => {
    const missing = join(folder, 'none.png');
    await expect(resolvePrompt({ prompt: '', images: [png, missing] }, signal)).rejects.toMatchObject({ param: 'images[1]' });
    const messages = [{ role: 'user' as const, content: [{ type: 'image' as const, image: missing }] }];
    await expect(resolvePrompt({ messages }, signal)).rejects.toMatchObject({ param: 'messages[0].content[0]' });
  });

  it.each([
    ['images', { prompt: '', images: join(tmpdir(), 'a.png') }],
    ['images', { prompt: '', images: png }],
    ['images', { prompt: '', images: null }],
    ['images', { prompt: '', images: new Set([png]) }],
    ['system', { prompt: '', system: ['a'] }],
    ['prompt', { prompt: 7 }],
    ['prompt', { prompt: 'a', messages: [] }],
    ['images', { images: [png], messages: [] }],
    ['messages', { messages: 'Read this.' }],
    ['messages', { messages: { role: 'user', content: 'a' } }],
    ['messages[0]', { messages: [null] }],
    ['messages[0]', { messages: [{ role: 'user', content: 7 }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [null] }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }],
  ])('refuses what is of the wrong kind at %s instead of reading it letter by letter: %j', async (param, input) => {
    await expect(resolvePrompt(input as never, signal)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param });
  });

  it('asks for a prompt when there is none', async () => {
    await expect(resolvePrompt({} as never, signal)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'prompt' });
  });
});
