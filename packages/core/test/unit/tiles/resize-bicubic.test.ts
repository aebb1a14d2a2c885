import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { patternRaster } from '../../../../dev/src/testing/synthetic-image.ts';
import { makeRaster, type Raster } from '../../../src/tiles/raster.ts';
import { resizeBicubic } from '../../../src/tiles/resize-bicubic.ts';

/** The kernel again, one output value at a time and with BigInt sums: slow, and obviously the formula. */
function resizeAxisSlowly(values: readonly number[], outputSize: number): number[] {
  const scale = values.length / outputSize;
  const filterScale = Math.max(scale, 1);
  return Array.from({ length: outputSize }, (_, output) => {
    const center = (output + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - 2 * filterScale + 0.5));
    const high = Math.min(values.length, Math.trunc(center + 2 * filterScale + 0.5));
    const weights: number[] = [];
    for (let x = low; x < high; x += 1) weights.push(cubic((x - center + 0.5) * (1 / filterScale)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 1n << 21n;
    for (const [index, weight] of weights.entries()) {
      const normalized = (weight / total) * 4_194_304;
      sum += BigInt(Math.trunc(weight < 0 ? normalized - 0.5 : normalized + 0.5)) * BigInt(values[low + index] ?? 0);
    }
    return Math.min(255, Math.max(0, Number(sum >> 22n)));
  });
}

function cubic(distance: number): number {
  const t = Math.abs(distance);
  const a = -0.5;
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

function resizeSlowly({ width, height, data }: Raster, newWidth: number, newHeight: number): number[] {
  const result = new Array<number>(newWidth * newHeight * 3).fill(0);
  for (let channel = 0; channel < 3; channel += 1) {
    const rows = Array.from({ length: height }, (_, y) =>
      resizeAxisSlowly(
        Array.from({ length: width }, (_, x) => data[(y * width + x) * 3 + channel] ?? 0),
        newWidth,
      ),
    );
    for (let x = 0; x < newWidth; x += 1) {
      const column = resizeAxisSlowly(
        rows.map((row) => row[x] ?? 0),
        newHeight,
      );
      for (const [y, value] of column.entries()) result[(y * newWidth + x) * 3 + channel] = value;
    }
  }
  return result;
}

/** A small generator with a seed, so that a failure can be repeated. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const hash = ({ data }: Raster): string => createHash('sha256').update(data).digest('hex').slice(0, 16);

describe('resizeBicubic', () => {
  test('equals a naive implementation on 60 random images and sizes', async () => {
    const random = makeRandom(20);
    for (let round = 0; round < 60; round += 1) {
      const [width, height] = [1 + random(40), 1 + random(40)];
      const data = Uint8Array.from({ length: width * height * 3 }, () => (random(4) === 0 ? 255 * random(2) : random(256)));
      const [newWidth, newHeight] = [1 + random(60), 1 + random(60)];
      const resized = await resizeBicubic(makeRaster(width, height, data), newWidth, newHeight);
      expect([...resized.data], `${width} x ${height} to ${newWidth} x ${newHeight}, round ${round}`).toEqual(
        resizeSlowly({ width, height, data }, newWidth, newHeight),
      );
    }
  });

  // Origin: Pillow 12.3.0, pattern image, Image.resize, SHA-256 of the RGB bytes. Tolerance: none.
  test.each([
    [7, 700, 5, 300, '2e839b93a87589ad'],
    [7, 701, 5, 300, '6bdf71da6ffb5445'],
    [97, 61, 448, 448, 'd1c696e4f50b4f29'],
    [300, 200, 100, 50, '427527e0622bbafd'],
    [5, 1001, 3, 448, 'fc7a4e2ed902f1c9'],
    [5, 499, 3, 448, 'ef4c052ba8fbf95f'],
    [3, 400, 10, 100, '96efe36ae6578df2'],
    [3, 400, 10, 500, '63016841841aebe0'],
    [1, 1, 448, 448, 'ad8c5f4d30e45b2a'],
    [1000, 3, 448, 448, '7c6a3e2e116cda4f'],
    [33, 47, 33, 20, 'd44f57392c161ad1'],
    [33, 47, 20, 47, 'e9970b34f17d4153'],
    [640, 480, 1344, 896, '77cbd92ea19d697e'],
  ])('gives the bytes of Pillow for %i x %i to %i x %i', async (width, height, newWidth, newHeight, digest) => {
    expect(hash(await resizeBicubic(patternRaster(width, height), newWidth, newHeight))).toBe(digest);
  });

  test('returns the same raster when nothing changes', async () => {
    const raster = patternRaster(4, 2);
    expect(await resizeBicubic(raster, 4, 2)).toBe(raster);
  });

  test('keeps a plain colour plain, at both ends of the scale', async () => {
    for (const value of [0, 1, 254, 255]) {
      const resized = await resizeBicubic(makeRaster(7, 5, new Uint8Array(105).fill(value)), 13, 3);
      expect(new Set(resized.data)).toEqual(new Set([value]));
    }
  });

  test('lets other work run at least every 50 ms', async () => {
    const cpuMs = (): number => process.cpuUsage().user / 1000; // of this process: other programs may take the core away in the middle
    const raster = patternRaster(2000, 1500);
    const startMs = cpuMs();
    let last = startMs;
    const gapsMs: number[] = [];
    const timer = setInterval(() => {
      gapsMs.push(cpuMs() - last);
      last = cpuMs();
    }, 1);
    await resizeBicubic(raster, 1344, 896);
    clearInterval(timer);
    expect(gapsMs.length).toBeGreaterThan((cpuMs() - startMs) / 50);
    expect(Math.max(...gapsMs)).toBeLessThan(50);
  });

  test('rejects with the reason when aborted before and during the work', async () => {
    const reason = new Error('enough');
    await expect(resizeBicubic(patternRaster(4, 4), 2, 2, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const work = resizeBicubic(patternRaster(2000, 1500), 1344, 896, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 1);
    await expect(work).rejects.toBe(reason);
  });
});

describe('makeRaster', () => {
  test('refuses sides that are not whole numbers from 1 up', () => {
    for (const [width, height] of [
      [0, 1],
      [1, -1],
      [1.5, 2],
    ] as const) {
      expect(() => makeRaster(width, height, new Uint8Array(0))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  test('refuses data of another length, with both numbers', () => {
    expect(() => makeRaster(2, 2, new Uint8Array(16))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/12 bytes.*not 16/) }),
    );
  });
});
