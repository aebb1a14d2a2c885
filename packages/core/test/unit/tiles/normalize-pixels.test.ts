import { describe, expect, test } from 'vitest';
import { normalizePixels } from '../../../src/tiles/normalize-pixels.ts';

/** A tile of one colour, one pixel. */
const normalizePixel = (...rgb: number[]): number[] => [...normalizePixels(Uint8Array.from(rgb), { tileSizePx: 1, patchSizePx: 1 })];

describe('normalizePixels', () => {
  // Origin: the reference's float32 arithmetic, printed with 8 digits; tolerance 2.5e-7, two steps of float32 at this size.
  test.each([
    [0, [-2.1179039, -2.0357141, -1.8044442]],
    [128, [0.0740646, 0.2051822, 0.4264926]],
    [255, [2.2489083, 2.4285715, 2.6400001]],
  ])('turns a byte of %i into the reference value of each channel', (byte, values) => {
    for (const [channel, value] of normalizePixel(byte, byte, byte).entries()) {
      expect(Math.abs(value - (values[channel] ?? Number.NaN))).toBeLessThan(2.5e-7);
    }
  });

  test('rounds to float32 after each operation', () => {
    const scaled = Math.fround(77 / 255);
    expect(normalizePixel(77, 0, 0)[0]).toBe(Math.fround(Math.fround(scaled - Math.fround(0.485)) / Math.fround(0.229)));
  });

  test('orders patches row by row, and channel, y, x inside each', () => {
    // 4 x 4 pixels, patches of 2: the red byte counts pixels, green is 100 + that, blue 200 + that.
    const tile = Uint8Array.from(Array.from({ length: 16 }, (_, pixel) => [pixel, 100 + pixel, 200 + pixel]).flat());
    const patches = normalizePixels(tile, { tileSizePx: 4, patchSizePx: 2 });
    const pixelsByPatch = [
      [0, 1, 4, 5],
      [2, 3, 6, 7],
      [8, 9, 12, 13],
      [10, 11, 14, 15],
    ];
    const expected = pixelsByPatch.flatMap((pixels) => [
      ...pixels.map((pixel) => normalizePixel(pixel, 0, 0)[0]),
      ...pixels.map((pixel) => normalizePixel(0, 100 + pixel, 0)[1]),
      ...pixels.map((pixel) => normalizePixel(0, 0, 200 + pixel)[2]),
    ]);
    expect([...patches]).toEqual(expected);
  });

  test('refuses a patch that does not divide the tile, and a tile of another size', () => {
    expect(() => normalizePixels(new Uint8Array(75), { tileSizePx: 5, patchSizePx: 2 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('patches of 2') }),
    );
    expect(() => normalizePixels(new Uint8Array(47), { tileSizePx: 4, patchSizePx: 2 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('48 bytes, not 47') }),
    );
  });
});
