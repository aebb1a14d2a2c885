import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LineReader } from '../../../src/lines/line-reader.ts';
import { closeLineReader, readLines } from '../../../src/lines/read-lines.ts';
import { drawBars, writeMadeUpReader } from './made-up-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-lines-'));
const never = new AbortController().signal;
let description = '';
let reader: LineReader;

beforeAll(() => {
  description = writeMadeUpReader(join(folder, 'reader'));
  reader = new LineReader(description);
});

afterAll(async () => {
  await reader.dispose();
  rmSync(folder, { recursive: true });
});

test('takes a recogniser whose last class is the space, in columns of four pixels, as its description says', async () => {
  const { lines, text, hasText, rotation } = await reader.read(drawBars(['A AA A', 'AAAA']), never);
  // A run of the same class is one letter: the bars of an A stand for one.
  expect(text).toBe('A A A\nA');
  expect(lines[0]?.words.map((word) => word.text)).toEqual(['A', 'A', 'A']);
  expect(lines[0]?.confidence).toBeGreaterThan(0.95);
  expect(hasText).toBe(false); // two different letters would show text
  expect(rotation).toBe(0);
});

test('says where the words stand, in pixels of the page', async () => {
  const { lines } = await reader.read(drawBars(['A AA A']), never);
  const [first, second, third] = lines.flatMap(({ words }) => words.map(({ box }) => [box[0][0], box[1][0]] as const));
  expect(Math.abs((first?.[1] ?? 0) - 100)).toBeLessThan(25); // an A from 40 to 80, then a space to 120
  expect(Math.abs((second?.[0] ?? 0) - 100)).toBeLessThan(25);
  expect(Math.abs((third?.[0] ?? 0) - 220)).toBeLessThan(25);
  expect(lines[0]?.height).toBeGreaterThan(30);
  expect(lines[0]?.height).toBeLessThan(80);
});

test('leaves the pixels of the page alone', async () => {
  const page = drawBars(['A A']);
  const before = Buffer.from(page.data);
  await reader.read(page, never);
  expect(before.equals(page.data)).toBe(true);
});

test('stops with the reason of the caller, in line and at work, and reads the next page', async () => {
  const reason = new Error('the user left');
  const atWork = new AbortController();
  const inLine = new AbortController();
  const first = reader.read(drawBars(Array.from({ length: 60 }, () => 'A A A A')), atWork.signal);
  const second = reader.read(drawBars(['A']), inLine.signal);
  const third = reader.read(drawBars(['A A']), never);
  inLine.abort(reason);
  await expect(second).rejects.toBe(reason);
  setTimeout(() => atWork.abort(reason), 30);
  await expect(first).rejects.toBe(reason);
  expect((await third).text).toBe('A A');
  await expect(reader.read(drawBars(['A']), AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('refuses a page that is too large before anything is read', async () => {
  const page = { width: 20_000, height: 20_000, data: new Uint8Array(3) };
  await expect(reader.read(page, never)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
});

test('refuses pixels that do not fit their sides', async () => {
  await expect(reader.read({ width: 10, height: 10, data: new Uint8Array(10) }, never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('opens no file that is not the published one, and says which', async () => {
  const damaged = writeMadeUpReader(join(folder, 'damaged'));
  const file = join(folder, 'damaged', 'read.onnx');
  const bytes = readFileSync(file);
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] as number) ^ 1;
  writeFileSync(file, bytes);
  const broken = new LineReader(damaged);
  await expect(broken.read(drawBars(['A']), never)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT', file });
  writeFileSync(file, bytes.subarray(1));
  await expect(broken.read(drawBars(['A']), never)).rejects.toThrow(/bytes instead of/);
  await broken.dispose();
});

test('refuses a dictionary that does not belong to the recogniser', async () => {
  const other = writeMadeUpReader(join(folder, 'other'));
  const parts = JSON.parse(readFileSync(other, 'utf8'));
  writeFileSync(other, JSON.stringify({ ...parts, dictionary: JSON.parse(readFileSync(description, 'utf8')).detector }));
  await expect(new LineReader(other).read(drawBars(['A']), never)).rejects.toMatchObject({
    code: 'MODEL_FILE_CORRUPT',
    file: 'recogniser',
  });
});

test('works no more once it was closed', async () => {
  const closed = new LineReader(description);
  await closed.dispose();
  await closed.dispose();
  await expect(closed.read(drawBars(['A']), never)).rejects.toMatchObject({ code: 'DISPOSED' });
});

test('names an option that does not exist', async () => {
  await expect(readLines(drawBars(['A']), { singal: never } as never)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    hint: 'Did you mean signal?',
  });
  await closeLineReader();
});
