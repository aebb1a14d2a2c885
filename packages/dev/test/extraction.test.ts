import { loadModel } from '@h2ovl/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentKinds, drawDocument } from '../src/extraction/documents.ts';
import { type ExtractionRow, tryExtraction } from '../src/extraction/trial.ts';
import { nanoCheckpoint } from '../src/testing/nano-samples.ts';

// `npm run trial:extraction` is the whole trial: 20 documents of each kind, from the part that is kept apart.
let rows: readonly ExtractionRow[];

beforeAll(async () => {
  const model = await loadModel(nanoCheckpoint, { threads: 2 });
  rows = await tryExtraction({ model, part: 'open', pages: 1 }).finally(() => model.dispose());
});

const sum = (of: (row: ExtractionRow) => number, which: (row: ExtractionRow) => boolean): number =>
  rows.filter(which).reduce((total, row) => total + of(row), 0);

test('every answer that is held to its schema is complete and fits, lists and all', () => {
  expect(rows.filter(({ isHeld, valid, documents }) => isHeld && valid < documents)).toEqual([]);
  expect(rows.filter(({ isHeld, question }) => isHeld && question.endsWith('preset')).length).toBeGreaterThan(0);
});

test('holding the schema takes no right field away, and dates are read better than rewritten', () => {
  const isFields = ({ question }: ExtractionRow): boolean => question.endsWith('five fields');
  const right = (isHeld: boolean): number =>
    sum(
      ({ right: count }) => count,
      (row) => isFields(row) && row.isHeld === isHeld,
    );
  expect(right(true)).toBeGreaterThanOrEqual(right(false));
  const dates = (form: string): number =>
    sum(
      ({ datesRight }) => datesRight,
      (row) => row.isHeld && row.dates === form,
    );
  expect(dates('printed')).toBeGreaterThan(dates('rewritten'));
});

test('a drawing is the same for the same seed, and another for another', async () => {
  for (const kind of documentKinds) {
    const [first, again, other] = await Promise.all([drawDocument(kind, 5), drawDocument(kind, 5), drawDocument(kind, 6)]);
    expect(again.values).toEqual(first.values);
    expect(Buffer.compare(again.png, first.png)).toBe(0);
    expect(other.values).not.toEqual(first.values);
  }
});

afterAll(() => {
  rows = [];
});
