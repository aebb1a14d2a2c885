import { expect, test } from 'vitest';
import type { BodyFiles } from '../../../src/bodies/json-files.ts';
import { BodyBudget, readBody } from '../../../src/bodies/read-body.ts';
import { parseDataUrl, readBase64 } from '../../../src/files/parse-source.ts';

const paths = new Set(['document.data', 'messages.*.content.*.image_url.url']);

interface Read {
  readonly text: string;
  readonly value: unknown;
  readonly files: BodyFiles;
}

/** A body that arrives in pieces of `size` bytes. */
async function read(body: string, size = 65_536): Promise<Read> {
  const bytes = Buffer.from(body);
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
      controller.close();
    },
  });
  const request = new Request('http://localhost', { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
  const budget = new BodyBudget(1e9);
  const { text, files } = await readBody(request, { maxBytes: 100_000_000, budget, filePaths: paths });
  return { text, value: JSON.parse(text), files };
}

let seed = 7;
const next = (below: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed % below;
};
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => next(256)));

test('a large file is decoded while it arrives, and what is parsed at once is small', async () => {
  const file = noise(3_000_000);
  const body = { model: 'x', document: { name: 'a.pdf', data: file.toString('base64') }, pages: '1' };
  const { text, value, files } = await read(JSON.stringify(body));
  expect(text.length).toBeLessThan(200);
  const { document, ...rest } = value as typeof body;
  expect(rest).toEqual({ model: 'x', pages: '1' });
  expect(Buffer.from(readBase64(document.data, 'document.data', files)).equals(file)).toBe(true);
});

test('every file of a chat comes back as it was sent, however it was written and cut', async () => {
  const sent = [100_000, 70_001, 80_002, 10, 65_000].map(noise);
  const write = [
    (file: Buffer) => file.toString('base64'),
    (file: Buffer) => file.toString('base64').replace(/\//g, '\\/'), // as PHP writes it
    (file: Buffer) => file.toString('base64').replace(/(.{76})/g, '$1\\r\\n'),
    (file: Buffer) => file.toString('base64url'),
    (file: Buffer) => file.toString('base64').replace(/A/g, '\\u0041').replace(/=/g, '\\u003d'),
  ];
  for (const size of [1_000, 4_097, 65_536]) {
    const parts = sent.map((file, index) => `{"type":"image_url","image_url":{"url":"data:image\\/png;base64,${write[index]?.(file)}"}}`);
    const { value, files } = await read(`{"messages":[{"role":"user","content":[${parts.join(',')}]}]}`, size);
    const { messages } = value as { messages: [{ content: { image_url: { url: string } }[] }] };
    const got = messages[0].content.map(({ image_url }) => parseDataUrl(image_url.url, files));
    expect(got.map(({ mediaType, bytes }) => [mediaType, Buffer.compare(bytes, sent.shift() ?? Buffer.alloc(0)) === 0])).toEqual(
      got.map(() => ['image/png', true]),
    );
    sent.push(...got.map(({ bytes }) => Buffer.from(bytes)));
  }
});

test.each([
  ['a space, which was a plus', (text: string) => `${text.slice(0, 80_000)} ${text.slice(80_000)}`],
  ['padding in its middle', (text: string) => `${text.slice(0, 80_000)}=${text.slice(80_000)}`],
  ['another letter', (text: string) => `${text.slice(0, 80_000)}ä${text.slice(80_000)}`],
  ['an escaped quotation mark', (text: string) => `${text.slice(0, 80_000)}\\"${text.slice(80_000)}`],
  ['three letters of padding', (text: string) => `${text}===`],
  ['only a head', () => `data:image/png;base64,${'\\n'.repeat(40_000)}`],
  ['a head without end', (text: string) => `data:${text}`],
])('what holds %s is refused as the same small file is', async (_, damage) => {
  const data = damage(noise(90_000).toString('base64'));
  const { value, files } = await read(`{"document":{"data":"${data}"}}`);
  expect(() => readBase64((value as { document: { data: string } }).document.data, 'document.data', files)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'document.data' }),
  );
});

test('a large text is left as it is wherever no file is read', async () => {
  const text = noise(90_000).toString('base64');
  const bodies = [
    { messages: [{ role: 'user', content: [{ type: 'text', text }] }] },
    { messages: [{ image_url: { url: text } }] },
    { schema: { properties: { document: { data: text } } } },
    { document: [{ data: text }] },
    { document: { name: text, data: 'AAAA' } },
    [{ document: { data: text } }],
  ];
  for (const body of bodies) {
    const { value, files } = await read(JSON.stringify(body));
    expect([value, files.size]).toEqual([body, 0]);
  }
});

test('texts beside the files are bounded, so that nothing large is parsed', async () => {
  const text = 'a'.repeat(2_000_000);
  const long = { document: { data: noise(100_000).toString('base64') }, question: text };
  expect((await read(JSON.stringify(long))).value).toMatchObject({ question: text });
  await expect(read(JSON.stringify({ ...long, instruction: `${text}${text}` }))).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
});
