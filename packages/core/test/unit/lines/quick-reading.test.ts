import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Alphabet } from '../../../src/lines/alphabet.ts';
import { LineReader } from '../../../src/lines/line-reader.ts';
import { LineReading } from '../../../src/lines/read/read-line.ts';
import { makeRaster } from '../../../src/tiles/raster.ts';
import { drawBars, readsBars, writeMadeUpReader } from './made-up-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-quick-'));
const never = new AbortController().signal;

afterAll(() => rmSync(folder, { recursive: true }));

/** Takes grey bars for letters, and black ones for spaces. */
const readsOtherwise = { sharpness: 60, letter: 0, space: -1 } as const;

/** What eight equal lines are read as. They look the same both ways up, so six of them are read carefully to see which way the page lies; the others quickly first. */
async function readBars(recognisers: Parameters<typeof writeMadeUpReader>[1]): Promise<readonly string[]> {
  const reader = new LineReader(writeMadeUpReader(mkdtempSync(join(folder, 'reader-')), recognisers));
  try {
    const { lines } = await reader.read(drawBars(new Array<string>(8).fill('A A')), never);
    return lines.map(({ text }) => text).sort();
  } finally {
    await reader.dispose();
  }
}

test('a line that the quick recogniser is sure of is not read by the other one', async () => {
  const [careful] = await readBars({ careful: readsOtherwise });
  expect(careful).not.toBe('A A');
  const read = await readBars({ careful: readsOtherwise, quick: { sharpness: 2000, letter: -1, space: 0.2 } });
  expect(read.filter((text) => text === 'A A')).toHaveLength(2);
  expect(read.filter((text) => text === careful)).toHaveLength(6);
});

test('a line that the quick recogniser is not sure of is read by the other one', async () => {
  expect(await readBars({ quick: { sharpness: 0.5, letter: 0, space: -1 } })).toEqual(new Array(8).fill('A A'));
});

test('refuses a quick recogniser that answers otherwise than the dictionary says', async () => {
  const reader = new LineReader(writeMadeUpReader(join(folder, 'other'), { quick: { ...readsBars, classes: 4 } }));
  await expect(reader.read(drawBars(['A']), never)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT', file: 'quick recogniser' });
  await reader.dispose();
});

const alphabet: Alphabet = { characters: ['', 'A'], space: 0, columnPx: 4, lostSpaceFrom: undefined };
const page = makeRaster(800, 800, new Uint8Array(800 * 800 * 3).fill(255));
const box = (row: number) =>
  [
    [10, 60 * row + 10],
    [410, 60 * row + 10],
    [410, 60 * row + 50],
    [10, 60 * row + 50],
  ] as const;

/** Counts what is asked of both; the quick one is sure of the first readings only. */
function countingNetworks(sureReadings: number) {
  const asked = { quick: 0, careful: 0 };
  const answer = (width: number, probability: number): Float32Array<ArrayBuffer> => {
    const values = new Float32Array((width / 4) * 2);
    for (let at = 0; at < values.length; at += 2) [values[at], values[at + 1]] = [1 - probability, probability];
    return values;
  };
  return {
    asked,
    networks: {
      detect: () => Promise.reject(new Error('nothing is searched for here')),
      recognise: async (_: Float32Array, width: number) => {
        asked.careful += 1;
        return answer(width, 0.99);
      },
      recogniseQuickly: async (_: Float32Array, width: number) => {
        asked.quick += 1;
        return answer(width, asked.quick <= sureReadings ? 0.99 : 0.6);
      },
    },
  };
}

async function readRows(reading: LineReading, from: number, to: number): Promise<void> {
  for (let row = from; row < to; row += 1) await reading.read(box(row));
}

test('where more than a quarter had to be read again, the lines that follow are read once', async () => {
  const { asked, networks } = countingNetworks(5);
  const reading = new LineReading(page, networks, alphabet);
  await readRows(reading, 0, 8);
  expect(asked).toEqual({ quick: 8, careful: 3 });
  reading.weighQuickReading();
  await readRows(reading, 8, 12);
  expect(asked).toEqual({ quick: 8, careful: 7 });
});

test('where a quarter or less had to be read again, reading goes on quickly', async () => {
  const { asked, networks } = countingNetworks(6);
  const reading = new LineReading(page, networks, alphabet);
  await readRows(reading, 0, 8);
  reading.weighQuickReading();
  await readRows(reading, 8, 10);
  expect(asked).toEqual({ quick: 10, careful: 4 });
});

test('a line with accents is read again, however sure the quick recogniser is', async () => {
  const { asked, networks } = countingNetworks(1);
  await new LineReading(page, networks, { ...alphabet, characters: ['', 'ł'] }).read(box(0));
  expect(asked).toEqual({ quick: 1, careful: 1 });
});

test('what is to be read carefully is not read quickly, and nothing is read twice', async () => {
  const { asked, networks } = countingNetworks(9);
  const reading = new LineReading(page, networks, alphabet);
  await reading.readCarefully(box(0));
  await reading.readAlong(box(0));
  expect(asked).toEqual({ quick: 0, careful: 1 });
});
