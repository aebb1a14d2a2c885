import type { LineBox, PageLines } from '@h2ovl/contract';
import { openDocument } from '@h2ovl/core';
import { describe, expect, test } from 'vitest';
import { baselineShare, InvisibleText } from '../../../src/lines/invisible-text.ts';
import { type PagePicture, SearchablePdf } from '../../../src/lines/searchable-pdf.ts';

type Lines = Pick<PageLines, 'width' | 'height' | 'rotation' | 'rotationMargin' | 'lines'>;

async function makePdf(pages: readonly { readonly lines: Lines; readonly picture?: PagePicture }[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const pdf = new SearchablePdf({ write: async (bytes) => void parts.push(bytes) });
  await pdf.begin();
  for (const { lines, picture } of pages) await pdf.addPage(lines, picture);
  await pdf.end();
  return Buffer.concat(parts);
}

const blank = (width: number, height: number): Lines => ({ width, height, rotation: 0, rotationMargin: 0, lines: [] });

/** White, with its upper left corner black. */
function picture(width: number, height: number): PagePicture {
  const data = new Uint8Array(width * height * 3).fill(255);
  for (let row = 0; row < 8; row += 1) data.fill(0, row * width * 3, (row * width + 8) * 3);
  return { width, height, data };
}

const sizesOf = (pdf: Buffer): number[][] =>
  [...pdf.toString('latin1').matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, x, y]) => [Number(x), Number(y)]);

describe('the size of a page', () => {
  test('is no larger than viewers show', async () => {
    const pdf = await makePdf([{ lines: blank(1000, 60_000) }, { lines: blank(60_000, 1000) }, { lines: blank(1000, 2000) }]);
    expect(sizesOf(pdf)).toEqual([
      [240, 14_400],
      [14_400, 240],
      [360, 720],
    ]);
  });

  test('is what the file of a picture says, and 200 pixels an inch without that', async () => {
    const [lines, shown] = [blank(300, 200), picture(300, 200)];
    const pdf = await makePdf([
      { lines, picture: { ...shown, dpi: { x: 300, y: 300 } } },
      { lines, picture: { ...shown, dpi: { x: 200, y: 100 } } },
      { lines, picture: { ...shown, dpi: undefined } },
    ]);
    expect(sizesOf(pdf)).toEqual([
      [72, 48],
      [108, 144],
      [108, 72],
    ]);
  });
});

describe('a picture that lies on its side', () => {
  const turned = (rotation: 0 | 90 | 180 | 270, rotationMargin: number): Lines => ({ ...blank(40, 20), rotation, rotationMargin });

  test.each([
    [90, 0.3, [20, 40], 'right'],
    [270, 0.9, [20, 40], 'left'],
    [180, 0.9, [40, 20], 'right'],
    [90, 0.29, [40, 20], 'left'],
  ] as const)('by %d degrees, as clear as %d', async (rotation, margin, size, side) => {
    await using document = await openDocument(await makePdf([{ lines: turned(rotation, margin), picture: picture(40, 20) }]));
    const { width, height, data } = await (await document.page(1)).render();
    expect([width, height]).toEqual(size);
    // A turn of 90 degrees takes the upper left corner to the upper right, one of 270 to the lower left, one of 180 to the lower right.
    const corner = { x: side === 'right' ? width - 3 : 2, y: rotation === 270 || rotation === 180 ? height - 3 : 2 };
    expect(data[(corner.y * width + corner.x) * 3]).toBeLessThan(64);
    expect(data.filter((value) => value < 64).length).toBeLessThan(8 * 8 * 3 + 60);
  });

  test('is not turned where pages of another PDF come below it', async () => {
    expect((await makePdf([{ lines: turned(90, 0.9) }])).toString('latin1')).not.toContain('/Rotate');
  });
});

test('words stand over their letters, whatever the pixels of a page are like', () => {
  const box: LineBox = [
    [100, 250],
    [100, 50],
    [140, 50],
    [140, 250],
  ]; // written upwards
  const words = [{ text: 'abcd', box }];
  const line = { text: 'abcd', confidence: 1, box, height: 40, words };
  const [scale, height] = [{ x: 0.25, y: 0.5 }, 300];
  const text = new InvisibleText().describe({ height, lines: [line] }, scale);
  const numbers = (before: string): number[] =>
    (text.match(new RegExp(`((?:-?[\\d.]+ )+)${before}`))?.[1] ?? '').trim().split(' ').map(Number);
  const [cm, tm, stretch = 0, size = 0] = [numbers('cm'), numbers('Tm'), numbers('Tz').at(-1), numbers('Tf').at(-1)];
  const place = (along: number): number[] => {
    const [a = 0, b = 0, , , e = 0, f = 0] = tm;
    const [x, y] = [a * along + e, b * along + f];
    return [x * (cm[0] ?? 0), y * (cm[3] ?? 0)];
  };
  const baseline = 140 - 40 * baselineShare;
  const [from, to] = [place(0), place((stretch / 100) * size * 0.6 * 4)];
  expect(from[0]).toBeCloseTo(baseline * scale.x, 1);
  expect(from[1]).toBeCloseTo((height - 250) * scale.y, 1);
  expect(to[0]).toBeCloseTo(baseline * scale.x, 1);
  expect(to[1]).toBeCloseTo((height - 50) * scale.y, 0);
});
