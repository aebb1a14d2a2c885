import type { Page, PageRotation } from '@h2ovl/contract';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { makePdf } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { patternRaster } from '../../../../dev/src/testing/synthetic-image.ts';
import { cropPage } from '../../../src/documents/derived/crop-page.ts';
import { trimGround } from '../../../src/documents/derived/trim-ground.ts';
import { turnPage } from '../../../src/documents/derived/turn-page.ts';
import { openDocument } from '../../../src/documents/open-document.ts';

const pattern = patternRaster(64, 48);
const image = await sharp(pattern.data, { raw: { width: 64, height: 48, channels: 3 } })
  .png()
  .toBuffer();
const words = [
  { type: 'text', text: 'upper', x: 60, y: 760, size: 24 },
  { type: 'text', text: 'lower', x: 300, y: 60, size: 24 },
] as const;
const pdf = makePdf({ pages: [{ items: words }] });

async function withPage<T>(bytes: Uint8Array, work: (page: Page) => Promise<T>): Promise<T> {
  const document = await openDocument(bytes, { name: 'file', dpi: 72 });
  await using _ = document;
  return await work(await document.page(1));
}

describe('a part of a page', () => {
  test('has the pixels of that part, as another decoder cuts it', async () => {
    const region = { left: 5, top: 7, width: 20, height: 11 };
    const expected = await sharp(image).removeAlpha().extract(region).raw().toBuffer();
    await withPage(image, async (page) => {
      const part = cropPage(page, region);
      expect(part).toMatchObject({ number: 1, name: 'file', size: { width: 20, height: 11 } });
      const { width, height, data } = await part.render();
      expect([width, height]).toEqual([20, 11]);
      expect(Buffer.from(data).equals(expected)).toBe(true);
    });
  });

  test('is a page of its own for everything that is kept by key', async () => {
    await withPage(image, async (page) => {
      const keys = [
        page,
        cropPage(page, { left: 0, top: 0, width: 9, height: 9 }),
        cropPage(page, { left: 0, top: 0, width: 9, height: 8 }),
      ];
      expect(new Set(keys.map(({ key }) => key)).size).toBe(3);
    });
  });

  test('of a drawn page is drawn as large as it must be, at the same place', async () => {
    await withPage(pdf, async (page) => {
      const region = { left: 40, top: 40, width: 120, height: 60 };
      const plain = await cropPage(page, region).render();
      const large = await cropPage(page, region).render({ atLeast: { width: 480, height: 100 } });
      expect([plain.width, plain.height]).toEqual([120, 60]);
      expect(large.width).toBeGreaterThanOrEqual(479);
      expect(large.width / large.height).toBeCloseTo(2, 1);
      const shrunk = await sharp(large.data, { raw: { width: large.width, height: large.height, channels: 3 } })
        .resize(120, 60, { fit: 'fill' })
        .raw()
        .toBuffer();
      const apart = plain.data.reduce((sum, value, at) => sum + Math.abs(value - (shrunk[at] as number)), 0) / plain.data.length;
      expect(apart).toBeLessThan(8);
    });
  });

  test('has the lines of the text layer that stand there', async () => {
    await withPage(pdf, async (page) => {
      const half = Math.floor(page.size.height / 2);
      const upper = await cropPage(page, { left: 0, top: 0, width: page.size.width, height: half }).textLayer();
      expect(upper).toMatchObject({ text: 'upper', health: 'healthy' });
      const whole = await page.textLayer();
      const [line, before] = [upper?.lines[0]?.box, whole?.lines[0]?.box];
      expect((line?.y as number) * half).toBeCloseTo((before?.y as number) * page.size.height, 3);
      const between = await cropPage(page, { left: 0, top: half - 20, width: 50, height: 30 }).textLayer();
      expect(between).toMatchObject({ text: '', lines: [], health: 'missing' });
    });
  });

  test.each([
    [{ left: 0, top: 0, width: 65, height: 10 }],
    [{ left: -1, top: 0, width: 10, height: 10 }],
    [{ left: 0, top: 47, width: 10, height: 2 }],
    [{ left: 0, top: 0, width: 0, height: 10 }],
    [{ left: 0.5, top: 0, width: 10, height: 10 }],
  ])('%j is not on a page of 64 x 48', async (region) => {
    await withPage(image, async (page) => {
      expect(() => cropPage(page, region)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('64 x 48') }),
      );
    });
  });
});

describe('a turned page', () => {
  test.each<PageRotation>([90, 180, 270])('by %d degrees is what another program makes of it', async (rotation) => {
    const expected = await sharp(image).removeAlpha().rotate(rotation).raw().toBuffer({ resolveWithObject: true });
    await withPage(image, async (page) => {
      const turned = turnPage(page, rotation);
      const { width, height, data } = await turned.render();
      expect([width, height]).toEqual([expected.info.width, expected.info.height]);
      expect(turned.size).toEqual({ width, height });
      expect(Buffer.from(data).equals(expected.data)).toBe(true);
      expect(turned.key).not.toBe(page.key);
    });
  });

  test('by 0 degrees is the page', async () => {
    await withPage(image, async (page) => expect(turnPage(page, 0)).toBe(page));
  });

  test('four times by a quarter has the lines of the text layer where they were', async () => {
    await withPage(pdf, async (page) => {
      const layer = await page.textLayer();
      const around = await turnPage(turnPage(turnPage(turnPage(page, 90), 90), 90), 90).textLayer();
      const back = await turnPage(turnPage(turnPage(page, 270), 180), 270).textLayer();
      for (const turned of [around, back]) {
        expect(turned?.text).toBe(layer?.text);
        for (const [index, { box }] of (layer?.lines ?? []).entries()) {
          const found = turned?.lines[index]?.box;
          for (const side of ['x', 'y', 'width', 'height'] as const) expect(found?.[side]).toBeCloseTo(box[side], 6);
        }
      }
      // What stands at the top stands at the right of a page turned clockwise.
      const clockwise = await turnPage(page, 90).textLayer();
      expect(clockwise?.lines[0]?.box.x).toBeGreaterThan(0.8);
    });
  });

  test('stops with its signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    await withPage(image, async (page) => {
      stop.abort(reason);
      await expect(turnPage(page, 90).render({ signal: stop.signal })).rejects.toBe(reason);
    });
  });
});

describe('the empty ends of a page', () => {
  const sheet = sharp({ create: { width: 100, height: 80, channels: 3, background: '#f4f2ee' } });
  const mark = (left: number, top: number) =>
    ({ input: { create: { width: 4, height: 3, channels: 3, background: '#222' } }, left, top }) as const;

  test('are left out, down to the size that is needed', async () => {
    await withPage(
      await sheet
        .clone()
        .composite([mark(48, 40)])
        .png()
        .toBuffer(),
      async (page) => {
        expect(await trimGround(page, { width: 60, height: 70 }, undefined)).toEqual({ left: 20, top: 5, width: 60, height: 70 });
        expect(await trimGround(page, { width: 100, height: 80 }, undefined)).toEqual({ left: 0, top: 0, width: 100, height: 80 });
      },
    );
  });

  test('end where anything stands', async () => {
    await withPage(
      await sheet
        .clone()
        .composite([mark(7, 30), mark(50, 74)])
        .png()
        .toBuffer(),
      async (page) => {
        expect(await trimGround(page, { width: 60, height: 70 }, undefined)).toEqual({ left: 7, top: 5, width: 73, height: 72 });
      },
    );
  });
});
