import { ContextOverflowError, type GenerateOptions, type GenerationEvent, type Page, type PageReading } from '@h2ovl/contract';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { slantOf } from '../../../../src/lines/arrange/order-lines.ts';
import { closeLineReader, readLines } from '../../../../src/lines/read-lines.ts';
import { askDocument } from '../../../../src/operations/ask-document.ts';
import { showPage } from '../../../../src/operations/pages/show-page.ts';
import { type ReadDocumentOptions, readDocument } from '../../../../src/operations/read-document.ts';
import { FakePageModel } from '../fake-page-model.ts';
import { pageOf } from '../made-up-lines.ts';

const words = [
  'Invoice 2041 of the river company',
  'Summer garden table 149.90',
  'Delivery to the station 12.00',
  'Total to be paid 161.90',
  'Thank you for your order',
];
const svg = (lines: readonly string[], { ground = '#fff', ink = '#111', height = 420 } = {}): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="720" height="${height}"><rect width="100%" height="100%" fill="${ground}"/>${lines
      .map((text, row) => `<text x="40" y="${70 + row * 60}" font-size="28" font-family="DejaVu Sans" fill="${ink}">${text}</text>`)
      .join('')}</svg>`,
  );
const upright = await sharp(svg(words)).removeAlpha().png().toBuffer();
const pixelsOf = (picture: Buffer): Promise<Buffer> => sharp(picture).removeAlpha().raw().toBuffer();

/** A model that keeps what it is shown. */
class ShownModel extends FakePageModel {
  readonly shown: { readonly page: Page; readonly data: Uint8Array }[] = [];
  override async *stream(options: GenerateOptions<unknown>): AsyncGenerator<GenerationEvent<unknown>, void> {
    for (const page of options.images as unknown as readonly Page[]) this.shown.push({ page, data: (await page.render()).data });
    yield* super.stream(options);
  }
}

async function readShown(
  picture: Buffer,
  options: ReadDocumentOptions = {},
): Promise<{ readonly model: ShownModel; readonly reading: PageReading }> {
  const model = new ShownModel((page) => `text of ${page.size.width} x ${page.size.height}`);
  model.more = {
    images: [{ widthPx: 720, heightPx: 420, grids: [{ columns: 2, rows: 1 }], tiles: 3, scale: 1.067, scaleX: 1.244, scaleY: 1.067 }],
  };
  for await (const reading of readDocument(picture, { model, ...options })) return { model, reading };
  throw new Error('There is no page.');
}

afterAll(closeLineReader);

describe('a page is set upright before the model sees it', () => {
  test.each([90, 180, 270] as const)('where it needs %d degrees', async (rotation) => {
    const turned = await sharp(upright)
      .rotate(360 - rotation)
      .png()
      .toBuffer();
    const { model, reading } = await readShown(turned);
    expect(reading.picture).toMatchObject({ rotation, inverted: false, straightenedBy: 0 });
    expect(Buffer.from(model.shown[0]?.data ?? []).equals(await pixelsOf(upright))).toBe(true);
  });

  test('or as the caller says, or not at all', async () => {
    const turned = await sharp(upright).rotate(90).png().toBuffer();
    expect((await readShown(turned, { rotate: 0 })).reading.picture).toMatchObject({ rotation: 0 });
    const { model, reading } = await readShown(upright, { rotate: 180 });
    expect(reading.picture).toMatchObject({ rotation: 180 });
    expect(Buffer.from(model.shown[0]?.data ?? []).equals(await pixelsOf(await sharp(upright).rotate(180).png().toBuffer()))).toBe(true);
  });

  test('but left, and told, where that is not clear', async () => {
    const page = {
      size: { width: 1000, height: 1000 },
      key: 'k',
      name: 'p',
      number: 1,
      render: async () => ({ width: 1000, height: 1000, data: new Uint8Array(3e6), warnings: [] }),
      textLayer: async () => undefined,
    };
    const lines = { ...pageOf([{ text: 'one line', x: 100, y: 100 }]), rotation: 90, rotationMargin: 0.1 } as const;
    const { change, warnings } = await showPage(page, { lines });
    expect(change.rotation).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/may not stand upright.*90 degrees/)]);
  });
});

test('light text on a dark ground is shown dark on light', async () => {
  const { model, reading } = await readShown(await sharp(upright).negate({ alpha: false }).png().toBuffer());
  expect(reading.picture).toMatchObject({ rotation: 0, inverted: true });
  expect(Buffer.from(model.shown[0]?.data ?? []).equals(await pixelsOf(upright))).toBe(true);
  expect((await readShown(upright)).reading.picture).toMatchObject({ inverted: false });
});

test.each([4, -6])('a page that lies at a slant of %d degrees is set level, and shown no larger than it was given', async (slant) => {
  const given = await sharp(upright).rotate(slant, { background: '#998' }).png().toBuffer();
  const { model, reading } = await readShown(given);
  expect(reading.picture?.straightenedBy).toBeGreaterThan(-slant - 0.6);
  expect(reading.picture?.straightenedBy).toBeLessThan(-slant + 0.6);
  const { page, data } = model.shown[0] as (typeof model.shown)[number];
  const { width, height } = await sharp(given).metadata();
  expect(page.size.width).toBeLessThanOrEqual(width);
  expect(page.size.height).toBeLessThanOrEqual(height);
  const level = await readLines({ ...page.size, data });
  expect(Math.abs((slantOf(level.lines.map(({ box }) => box)) * 180) / Math.PI)).toBeLessThan(0.6);
});

describe('a page in parts', () => {
  const many = Array.from({ length: 60 }, (_, row) => `${row + 1} The garden table number ${row * 7}`);
  const tall = sharp(svg(many, { height: 3700 }))
    .png()
    .toBuffer();

  test('is read part by part: texts are joined, tokens added up, parts told', async () => {
    const { model, reading } = await readShown(await tall, { tiles: 'crops' });
    const crops = reading.picture?.crops ?? [];
    expect(crops.length).toBeGreaterThan(1);
    expect(model.requests.length).toBe(crops.length);
    expect(reading.text.split('\n').length).toBe(crops.length);
    expect(reading.work?.usage).toEqual({
      inputTokens: 10 * crops.length,
      imageTokens: 8 * crops.length,
      outputTokens: 2 * crops.length,
      cachedTokens: 0,
    });
    for (const [index, crop] of crops.slice(1).entries()) expect(crop.top).toBe((crops[index]?.top ?? 0) + (crops[index]?.height ?? 0));
  });

  test('by itself where its lines would else be too small, and says so', async () => {
    const rows = words.flatMap((text) => [text, `More ${text}`, `Less ${text}`, `Also ${text}`]);
    const small = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="1300"><rect width="100%" height="100%" fill="#fff"/>${rows
        .map((text, row) => `<text x="40" y="${70 + row * 60}" font-size="16" font-family="DejaVu Sans">${text}</text>`)
        .join('')}</svg>`,
    );
    const { reading } = await readShown(await sharp(small).png().toBuffer());
    expect(reading.warnings).toContainEqual(expect.stringMatching(/was read in \d+ parts/));
    expect((await readShown(upright)).reading.picture?.crops).toBeUndefined();
  });

  test('is asked about in one prompt, or refused with the way out where that is too long', async () => {
    const model = new ShownModel();
    for await (const answer of askDocument(await tall, { model, question: 'What?', tiles: 'crops' }))
      expect(answer.text).toContain('What?');
    expect(model.requests.length).toBe(1);
    expect(model.shown.length).toBeGreaterThan(1);
    const full = new FakePageModel(() => {
      throw new ContextOverflowError(9000, 8192);
    });
    for await (const answer of askDocument(await tall, { model: full, question: 'What?', tiles: 'crops' })) {
      expect(answer.error).toMatchObject({ code: 'CONTEXT_OVERFLOW', hint: expect.stringContaining('tiles') });
    }
  });

  test('without a line that anybody knows is cut at blank rows', async () => {
    const { reading } = await readShown(await tall, { tiles: 'crops', rotate: 0, readBlank: true });
    expect(reading.picture?.crops?.length).toBeGreaterThan(1);
  });
});

describe('what was lost on the way to the model is told', () => {
  const facts = { widthPx: 720, heightPx: 420, grids: [{ columns: 2, rows: 1 }], tiles: 3, scale: 1 };
  const warningsAt = async (scaleX: number, scaleY: number): Promise<readonly string[]> => {
    const model = new FakePageModel();
    model.more = { images: [{ ...facts, scaleX, scaleY }] };
    for await (const { warnings } of readDocument(upright, { model, rotate: 0, support: false })) return warnings;
    throw new Error('There is no page.');
  };
  const heightOf = async (): Promise<number> => {
    for await (const { lines } of readDocument(upright, { mode: 'lines' }))
      return Math.min(...(lines?.lines ?? []).map(({ height }) => height));
    throw new Error('There is no page.');
  };

  test('from where a page is squeezed by more than a fifth, in either direction', async () => {
    expect(await warningsAt(1.19, 1)).toEqual([]);
    expect(await warningsAt(1, 1.19)).toEqual([]);
    expect(await warningsAt(1.3, 1)).toEqual([expect.stringMatching(/squeezed.*1\.3 times lower/)]);
    expect(await warningsAt(1, 1.5)).toEqual([expect.stringMatching(/squeezed.*1\.5 times narrower/)]);
  });

  test('from where its smallest line was lower than 16 pixels for the model', async () => {
    const height = await heightOf();
    const [above, below] = [16.1 / height, 15.9 / height];
    expect(await warningsAt(above, above)).toEqual([]);
    expect(await warningsAt(below, below)).toEqual([
      expect.stringMatching(/smallest line was 16 pixels high.*below 16, readings break.*crops/),
    ]);
  });
});

test('parts are planned for the tiles that the model has', async () => {
  const rows = Array.from({ length: 24 }, (_, row) => `${row + 1} The garden table number ${row * 7}`);
  const picture = await sharp(svg(rows, { height: 1540 }))
    .png()
    .toBuffer();
  const partsWith = async (tileSizePx: number | undefined, maxTiles: number): Promise<number> => {
    const model = Object.assign(new ShownModel(), { info: async () => ({ maxTiles, tileSizePx }) });
    for await (const _ of readDocument(picture, { model, tiles: 'crops', support: false })) return model.requests.length;
    throw new Error('There is no page.');
  };
  const published = await partsWith(448, 6);
  expect(await partsWith(undefined, 99)).toBe(published); // one that does not say how large its tiles are
  expect(await partsWith(448, 2)).toBeGreaterThan(published);
  expect(await partsWith(224, 6)).toBeGreaterThan(published);
});
