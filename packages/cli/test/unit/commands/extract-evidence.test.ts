import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LineBox, ValueEvidence } from '@h2ovl/contract';
import { openDocument } from '@h2ovl/core';
import { afterAll, describe, expect, test } from 'vitest';
import { drawEvidence } from '../../../src/lines/draw-evidence.ts';
import { isInked } from '../../../src/lines/pixel-font.ts';
import { createFakeModel, runFake } from '../fake-world.ts';

const samples = fileURLToPath(new URL('../../../../nano/samples/', import.meta.url));
const file = join(samples, '00-read.png');
const out = mkdtempSync(join(tmpdir(), 'h2ovl-evidence-'));
afterAll(() => rmSync(out, { recursive: true }));

// The sample's own words; its total is 67.59.
const [{ answer }] = JSON.parse(readFileSync(join(samples, 'index.json'), 'utf8')) as [{ answer: string }];
const total = Number(/Total Rs\. (\S+)/.exec(answer)?.[1]);
const object = { total, net: 1.23 };
const fake = createFakeModel({ [file]: { text: JSON.stringify(object), object: object as never } });
const extract = (...args: readonly string[]) =>
  runFake(['extract', file, '--fields', 'total:number,net:number', '--model', '2b', ...args], fake.library);

test('--evidence prints where values stand beside them, and --draw frames them on the page', async () => {
  const { stdout, exitCode, stderr } = await extract('--evidence', '--no-second-reading', '--draw', '--out', out);
  expect([exitCode, stdout]).toEqual([0, '']);
  expect(stderr).toContain('50 % of what was read');
  const written = JSON.parse(readFileSync(join(out, '00-read.png.json'), 'utf8')) as { data: object; evidence: ValueEvidence[] };
  expect(written).toMatchObject({ data: object, support: { share: 0.5 } });
  expect(written.evidence).toMatchObject([
    { path: 'total', match: 'exact', page: 1, places: [{ text: expect.stringContaining(String(total)) }] },
    { path: 'net', match: 'none', places: [] },
  ]);
  const picture = join(out, '00-read.png.evidence.png');
  expect(existsSync(picture)).toBe(true);
  await using drawn = await openDocument(picture);
  await using given = await openDocument(file);
  const [a, b] = [await (await drawn.page(1)).render(), await (await given.page(1)).render()];
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  const [{ places }] = written.evidence as unknown as [{ places: [{ boxes: [LineBox] }] }];
  const [[x, y]] = places[0].boxes[0];
  const at = (Math.round(y) * a.width + Math.round(x)) * 3;
  expect([...a.data.slice(at, at + 3)]).toEqual([22, 128, 60]);
});

test('without it the objects are what they were, and a model that reads is held against the lines', async () => {
  const { stdout, stderr } = await extract();
  expect(JSON.parse(stdout)).toEqual(object);
  expect(stderr).toContain('50 % of what was read');
  const off = await extract('--no-support');
  expect(off.stderr).not.toContain('%');
  const csv = await extract('--evidence', '--format', 'csv', '--no-second-reading');
  expect(csv.stdout).toBe(`file,page,total,net\r\n${file},1,${total},1.23\r\n`);
});

test('--draw needs a folder', async () => {
  const { exitCode, stderr } = await extract('--draw');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--draw needs a folder')]);
});

describe('a picture of evidence', () => {
  const box: LineBox = [
    [40, 40],
    [80, 40],
    [80, 56],
    [40, 56],
  ];
  const page = { width: 120, height: 80, data: new Uint8Array(120 * 80 * 3).fill(255) };
  const colorAt = (data: Uint8Array, x: number, y: number): readonly number[] => [...data.slice((y * 120 + x) * 3, (y * 120 + x) * 3 + 3)];

  test('has a frame by the kind of match, the name above it, and what stands nowhere at the top', () => {
    const at = { page: 1, places: [{ boxes: [box], text: '12' }] };
    const exact = drawEvidence(page, [{ path: 'tax', match: 'exact', ...at, label: { text: 'T', box } }]).data;
    expect(colorAt(exact, 60, 56)).toEqual([22, 128, 60]);
    expect(colorAt(exact, 41, 32)).toEqual([22, 128, 60]); // the strip of the name
    expect(colorAt(exact, 5, 5)).toEqual([255, 255, 255]);
    const near = drawEvidence(page, [{ path: 'tax', match: 'near', ...at }]).data;
    expect(colorAt(near, 60, 56)).toEqual([196, 98, 0]);
    const none = drawEvidence(page, [{ path: 'tax', match: 'none', page: 1, places: [] }]).data;
    expect(colorAt(none, 1, 2)).toEqual([196, 98, 0]);
    expect(page.data.every((value) => value === 255)).toBe(true);
  });

  test('letters are drawn from their columns', () => {
    const rows = Array.from({ length: 7 }, (_, row) =>
      Array.from({ length: 5 }, (_, column) => (isInked('T', column, row) ? '#' : '.')).join(''),
    );
    expect(rows).toEqual(['#####', '..#..', '..#..', '..#..', '..#..', '..#..', '..#..']);
    expect(isInked('é', 0, 0)).toBe(isInked('?', 0, 0));
  });
});
