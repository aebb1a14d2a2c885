import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readAlphabet } from '../../../src/lines/alphabet.ts';
import type { Networks } from '../../../src/lines/networks.ts';
import { readPage } from '../../../src/lines/read-page.ts';
import { makeRaster, type Raster } from '../../../src/tiles/raster.ts';

const alphabet = readAlphabet('A\nB\n<space>\n', { columnPx: 8, lostSpaceFrom: undefined });

/** What a page cost: the work that takes the time of a real one. */
interface Work {
  runs: number;
  /** Detector pixels, of all runs and of the largest. */
  searched: number;
  largest: number;
  /** Pictures of lines, and pixels of the widest. */
  read: number;
  widest: number;
}

/** Networks that take what is dark for text, and every second column of a line for a letter; they count what they are asked for. */
function counting(isReadable = true): { readonly networks: Networks; readonly work: Work } {
  const work: Work = { runs: 0, searched: 0, largest: 0, read: 0, widest: 0 };
  const networks: Networks = {
    detect: async (input, width, height) => {
      work.runs += 1;
      work.searched += width * height;
      work.largest = Math.max(work.largest, width * height);
      const map = new Float32Array(width * height);
      for (let at = 0; at < map.length; at += 1) if ((input[at] as number) < 0) map[at] = 0.95;
      return map;
    },
    recognise: async (_, width) => {
      work.read += 1;
      work.widest = Math.max(work.widest, width);
      const columns = width / alphabet.columnPx;
      const answer = new Float32Array(columns * 4);
      for (let column = 0; column < columns; column += 1) answer[column * 4 + (isReadable ? column % 3 : 0)] = 0.99;
      return answer;
    },
  };
  return { networks, work };
}

function white(width: number, height: number): Raster & { readonly data: Uint8Array } {
  return makeRaster(width, height, new Uint8Array(width * height * 3).fill(255));
}

function bar({ width, data }: Raster, left: number, top: number, length: number, height: number): void {
  for (let y = top; y < top + height; y += 1) data.fill(0, (y * width + left) * 3, (y * width + left + length) * 3);
}

// No run of the detector takes more than this, whatever the page: 300 MB with the real one.
const largestRun = 1.85e6;

describe('the work for a page', () => {
  test('of 100 million pixels with nothing on it ends where small print would have shown', async () => {
    const { networks, work } = counting();
    const { lines, hasText, warnings } = await readPage(white(10_000, 10_000), { networks, alphabet });
    expect({ lines, hasText, warnings }).toEqual({ lines: [], hasText: false, warnings: [] });
    expect(work.searched).toBeLessThan(185e6); // the page, at its own scale and at three smaller ones, and what strips overlap
    expect(work.searched).toBeGreaterThan(134e6);
    expect(work.largest).toBeLessThanOrEqual(largestRun);
    expect(work.read).toBe(0);
  });

  test('of 5,000 lines is one look and one reading for each, and loses none', async () => {
    const page = white(5_000, 4_000);
    for (let row = 0; row < 100; row += 1)
      for (let column = 0; column < 50; column += 1) bar(page, 20 + column * 100, 20 + row * 40, 60, 12);
    const { networks, work } = counting();
    const { lines, text } = await readPage(page, { networks, alphabet });
    expect(lines).toHaveLength(5_000);
    expect(text.split('\n')).toHaveLength(100);
    expect(work.read).toBeLessThan(5_000 + 100); // the way up costs a few
    expect(work.searched).toBeLessThan(60e6);
    expect(work.largest).toBeLessThanOrEqual(largestRun);
  });

  test.each([
    ['the longest', 0.8, 1],
    ['each of the six longest, where upside down they read as well as that', 0.95, 6],
  ])('of a few lines is one reading for each, and one more, upside down, for %s', async (_, upsideDown, more) => {
    const page = white(800, 600);
    for (let row = 0; row < 10; row += 1) {
      bar(page, 40, 40 + row * 50, 700 - row * 20, 16);
      for (let y = 34 + row * 50; y < 40 + row * 50; y += 1) page.data.fill(200, (y * 800 + 40) * 3, (y * 800 + 700) * 3);
    }
    const { networks, work } = counting();
    // Upright, there is grey above the bars; the other way up, these networks are less sure.
    let [now, together] = [0, 0];
    const recognise: Networks['recognise'] = async (input, width) => {
      now += 1;
      together = Math.max(together, now);
      await setImmediate();
      now -= 1;
      const half = input.length / 6;
      const brightness = (from: number): number => input.subarray(from, from + half).reduce((sum, value) => sum + value, 0);
      const share = brightness(0) < brightness(half) ? 1 : upsideDown;
      const answer = await networks.recognise(input, width);
      for (let at = 0; at < answer.length; at += 1) answer[at] = (answer[at] as number) * share;
      return answer;
    };
    const { lines, rotation } = await readPage(page, { networks: { ...networks, recognise }, alphabet });
    expect(lines).toHaveLength(10);
    expect(rotation).toBe(0);
    expect(work.read).toBe(10 + more);
    expect(together).toBe(2); // memory and threads are those of two lines
  });

  test('of noise is given up after its longest places, and says so', async () => {
    const page = white(3_000, 3_000);
    let state = 7;
    for (let at = 0; at < page.data.length; at += 12) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      if (state >>> 31 === 1) page.data.fill(0, at, at + 12);
    }
    const { networks, work } = counting(false);
    const { lines, warnings } = await readPage(page, { networks, alphabet });
    expect(lines).toEqual([]);
    expect(work.read).toBeLessThan(600);
    expect(work.searched).toBeLessThan(220e6);
    expect(warnings.length).toBeGreaterThan(0);
  });

  test('of a banner is that of its length: a long line is read in parts', async () => {
    const page = white(30_000, 200);
    bar(page, 100, 80, 29_800, 30);
    const { networks, work } = counting();
    const { lines } = await readPage(page, { networks, alphabet });
    expect(lines).toHaveLength(1);
    expect(work.widest).toBeLessThanOrEqual(3_200);
    expect(work.read).toBeLessThan(120);
  });
});
