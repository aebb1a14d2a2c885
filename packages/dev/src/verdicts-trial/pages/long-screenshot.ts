import type { VisionModel } from '@h2ovl/contract';
import { readDocument } from '@h2ovl/core';
import sharp from 'sharp';
import { textOf } from '../../lines-trial/page-drawing.ts';
import { Random } from '../../lines-trial/random.ts';
import { editDistance } from '../../lines-trial/score-page.ts';
import { screenshot } from './draw-dense.ts';

const rowCount = 300;
/** Of 300 rows so many must be there: what issue trackers of such tools complain of is whole screens that are missing, not a letter. */
const wantedRows = 295;
/** A row is there where a line of the reading differs from it in at most so large a part of its letters: rows differ from each other in most of theirs. */
const likeness = 0.35;

/** A scrolled screenshot of 300 rows, all different, read in parts by the small model: which rows are there, and which twice. */
export async function judgeLongScreenshot(model: VisionModel, seed: number, print: (line: string) => void): Promise<boolean> {
  const page = screenshot(new Random(seed), rowCount);
  const picture = await sharp(Buffer.from(page.svg)).flatten({ background: '#fff' }).png().toBuffer();
  let text = '';
  let parts = 0;
  for await (const read of readDocument(picture, { model, tiles: 'crops', maxOutputTokens: 16_384, pageBudgetMs: 3_600_000 })) {
    text += read.text;
    parts += read.picture?.crops?.length ?? 0;
  }
  const { found, doubled } = matchRows(textOf(page).split('\n'), text.split('\n'));
  const errors = editDistance(textOf(page), text) / textOf(page).length;
  print(
    `crops: a screenshot of ${rowCount} rows, nano, ${parts} parts: ${found} rows are there, ${doubled} twice; character errors ${errors.toFixed(4)}`,
  );
  return found >= wantedRows && doubled === 0;
}

/** Each line of the reading belongs to the row that it is likest; a row is found where a line belongs to it, and doubled where two do. */
export function matchRows(rows: readonly string[], lines: readonly string[]): { readonly found: number; readonly doubled: number } {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const distances = rows.map((row) => editDistance(row, line) / Math.max(row.length, line.length, 1));
    const least = Math.min(...distances);
    if (least <= likeness) counts.set(distances.indexOf(least), (counts.get(distances.indexOf(least)) ?? 0) + 1);
  }
  return { found: counts.size, doubled: [...counts.values()].filter((count) => count > 1).length };
}
