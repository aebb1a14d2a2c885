import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import { drawLanguage } from './draw-page.ts';
import { foreignLines } from './phrases.ts';
import { findTesseract, readWithTesseract } from './read-with-tesseract.ts';
import { addScore, describeScore, emptyScore, type Score, scorePage } from './score-page.ts';
import { hasFonts, listTrialPages, makePicture, readAndScore, seedsFrom } from './trial-pages.ts';
import { blankKinds, judgeBlankPages, judgeTurns, type TurnVerdict } from './trial-verdicts.ts';

const usage = `npm run trial:lines -- [--pages 200] [--kept 40] [--turned 100]

Draws pages, reads their lines, and says what was read right, beside Tesseract 5 on the same pictures where it is installed
(Debian: apt-get install tesseract-ocr fonts-dejavu fonts-liberation). --kept: how many of the pages are from seeds that no rule was tried on.
--turned: how many pages are turned four ways.
`;

/** The trial of the line reader on drawn pages. */
export async function main(argv: readonly string[]): Promise<number> {
  const count = (standard: string) => ({ type: 'string', default: standard }) as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { pages: count('200'), kept: count('40'), turned: count('100'), help: { type: 'boolean' } },
  });
  const [pages, kept, turned] = [values.pages, values.kept, values.turned].map(Number) as [number, number, number];
  if (values.help === true || ![pages, kept, turned].every((count) => Number.isSafeInteger(count) && count >= 0) || kept > pages) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  if (!(await hasFonts())) {
    process.stderr.write('No fonts are installed: pages cannot be drawn.\n');
    return 1;
  }
  const tesseract = await findTesseract();
  process.stdout.write(`${tesseract ?? 'Tesseract is not installed; the line reader stands alone.'}\n`);
  const table = new ScoreTable();
  await readPart(table, 'tried', pages - kept, seedsFrom.tried, tesseract !== undefined);
  await readPart(table, 'kept apart', kept, seedsFrom.kept, tesseract !== undefined);
  process.stdout.write(table.describe());
  await sayLanguages();
  await sayBlanks();
  await sayTurns(turned);
  await closeLineReader();
  return 0;
}

async function readPart(table: ScoreTable, part: string, count: number, firstSeed: number, withTesseract: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-trial-'));
  const file = join(folder, 'page.png');
  try {
    for (const trial of listTrialPages(count, firstSeed)) {
      const picture = await makePicture(trial);
      const groups = [part, trial.page.kind, trial.distortion, 'all'];
      const { score } = await readAndScore(trial, picture);
      table.add('lines', groups, score);
      process.stdout.write(`${trial.page.kind} ${trial.distortion} ${trial.seed}  ${describeScore(score)}\n`);
      if (!withTesseract) continue;
      writeFileSync(file, picture.png);
      const start = performance.now();
      const { text, lines } = await readWithTesseract(file);
      table.add('tesseract', groups, scorePage(trial.page, picture, text, lines, performance.now() - start));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the recogniser lacks shows on letters and signs of seven languages. */
async function sayLanguages(): Promise<void> {
  process.stdout.write('\nSeven languages, two fonts each:\n');
  for (const language of Object.keys(foreignLines)) {
    const sum = emptyScore();
    for (const font of ['DejaVu Sans', 'Liberation Serif']) {
      const trial = { page: drawLanguage(language, font), distortion: 'clean', seed: 1 } as const;
      addScore(sum, (await readAndScore(trial, await makePicture(trial))).score);
    }
    process.stdout.write(`  ${language.padEnd(11)} ${describeScore(sum)}\n`);
  }
}

async function sayBlanks(): Promise<void> {
  const faults = await judgeBlankPages();
  process.stdout.write(
    `\n${blankKinds} kinds of blank and nearly blank pages: ${faults.length} faults\n${faults.map((fault) => `  ${fault}\n`).join('')}`,
  );
}

async function sayTurns(count: number): Promise<void> {
  const verdicts: TurnVerdict[] = [];
  for (const trial of listTrialPages(count, seedsFrom.tried)) verdicts.push(...(await judgeTurns(trial, [0, 90, 180, 270])));
  const wrong = verdicts.filter(({ isRight }) => !isRight);
  const margins = verdicts.filter(({ isRight }) => isRight).map(({ margin }) => margin);
  process.stdout.write(
    `\n${count} pages in four turns: ${verdicts.length - wrong.length} of ${verdicts.length} right; least margin of those ${Math.min(1, ...margins).toFixed(2)}\n`,
  );
  for (const { page, margin } of wrong) process.stdout.write(`  wrong: ${page}, margin ${margin.toFixed(2)}\n`);
}

/** Scores by group and reader. */
class ScoreTable {
  readonly #scores = new Map<string, Score>();

  add(reader: string, groups: readonly string[], score: Score): void {
    for (const group of groups) {
      const key = `${group.padEnd(11)} ${reader.padEnd(10)}`;
      const sum = this.#scores.get(key) ?? emptyScore();
      addScore(sum, score);
      this.#scores.set(key, sum);
    }
  }

  describe(): string {
    return [...this.#scores]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, score]) => `${key} ${describeScore(score)}\n`)
      .join('');
  }
}
