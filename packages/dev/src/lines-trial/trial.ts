import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadModel } from '@h2ovl/core';
import { drawLanguage, drawScreenshot, drawSmallBoxes } from './draw-page.ts';
import { LocateTally } from './judge-locate.ts';
import type { DrawnPage } from './page-drawing.ts';
import { foreignLines } from './phrases.ts';
import { readWithTesseract } from './read-with-tesseract.ts';
import { runDrawnParts, printLine as say } from './run-parts.ts';
import { addScore, describeScore, emptyScore, type Score, scorePage } from './score-page.ts';
import { findTesseract } from './tesseract-shell.ts';
import { sayCost } from './trial-cost.ts';
import { listTrialPages, makePicture, readAndScore, seedsFrom } from './trial-pages.ts';
import { blankKinds, judgeBlankPages, judgeTurns, type TurnVerdict } from './trial-verdicts.ts';

const parts = ['pages', 'languages', 'blanks', 'turns', 'shapes', 'cost'] as const;
type Part = (typeof parts)[number];

const usage = `npm run trial:lines -- [--part ${parts.join(',')}] [--pages 200] [--kept 40] [--turned 100] [--repeat 1000]

Draws pages, reads their lines, and says what was read right, beside Tesseract 5 on the same pictures where it is installed
(Debian: apt-get install tesseract-ocr fonts-dejavu fonts-liberation). --part: some of it only. --kept: how many of the pages are from seeds that no rule
was tried on. --turned: how many pages are turned four ways. --repeat: how many pages are read for the slope of memory.
`;

/** What nano was taught. */
const readPrompt = 'Read the text in the image.';

/** The trial of the line reader on drawn pages. */
export async function main(argv: readonly string[]): Promise<number> {
  const count = (standard: string) => ({ type: 'string', default: standard }) as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ pages: count('200'), kept: count('40'), turned: count('100'), repeat: count('1000'), part: count(parts.join(',')) },
      help: { type: 'boolean' },
    },
  });
  const counts = [values.pages, values.kept, values.turned, values.repeat].map(Number) as [number, number, number, number];
  const [pages, kept, turned, repeat] = counts;
  const chosen = values.part.split(',') as Part[];
  const isRight =
    counts.every((one) => Number.isSafeInteger(one) && one >= 0) && kept <= pages && chosen.every((part) => parts.includes(part));
  if (values.help === true || !isRight) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  const tesseract = await findTesseract();
  say(tesseract ?? 'Tesseract is not installed; the line reader stands alone.');
  const works: Readonly<Record<Part, () => Promise<void>>> = {
    pages: () => sayPages(pages, kept, tesseract !== undefined),
    languages: sayLanguages,
    blanks: sayBlanks,
    turns: () => sayTurns(turned),
    shapes: sayShapes,
    cost: () => sayCost({ repeat, withTesseract: tesseract !== undefined, say }),
  };
  return runDrawnParts(
    parts.filter((part) => chosen.includes(part)),
    async (part) => {
      await works[part]();
      return true;
    },
  );
}

async function sayPages(pages: number, kept: number, withTesseract: boolean): Promise<void> {
  const table = new ScoreTable();
  const located = new LocateTally();
  await readPart({ table, located, part: 'tried', count: pages - kept, firstSeed: seedsFrom.tried, withTesseract });
  await readPart({ table, located, part: 'kept apart', count: kept, firstSeed: seedsFrom.kept, withTesseract });
  process.stdout.write(table.describe());
  say(`\n${located.describe()}`);
  for (const fault of located.faults) say(`  ${fault}`);
}

interface PagesPart {
  readonly table: ScoreTable;
  readonly located: LocateTally;
  readonly part: string;
  readonly count: number;
  readonly firstSeed: number;
  readonly withTesseract: boolean;
}

async function readPart({ table, located, part, count, firstSeed, withTesseract }: PagesPart): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-trial-'));
  const file = join(folder, 'page.png');
  try {
    for (const trial of listTrialPages(count, firstSeed)) {
      const picture = await makePicture(trial);
      const name = `${trial.page.kind} ${trial.distortion} ${trial.seed}`;
      const groups = [part, trial.page.kind, trial.distortion, 'all'];
      const { score, read } = await readAndScore(trial, picture);
      table.add('lines', groups, score);
      if (trial.page.kind === 'invoice' || trial.page.kind === 'receipt') located.add(trial.page, read.lines, name);
      say(`${name}  ${describeScore(score)}`);
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

/** Letters and signs of seven languages, read by the line reader and by the small model that comes along. */
async function sayLanguages(): Promise<void> {
  say('\nSeven languages, two fonts each:');
  await using nano = await loadModel('nano');
  for (const language of Object.keys(foreignLines)) {
    const [lines, model] = [emptyScore(), emptyScore()];
    const signs = { there: 0, lines: 0, nano: 0 };
    for (const font of ['DejaVu Sans', 'Liberation Serif']) {
      const trial = { page: drawLanguage(language, font), distortion: 'clean', seed: 1 } as const;
      const picture = await makePicture(trial);
      const { score, read } = await readAndScore(trial, picture);
      addScore(lines, score);
      const start = performance.now();
      const { text } = await nano.generate({ prompt: readPrompt, images: [picture.png], maxOutputTokens: 400 });
      addScore(model, scorePage(trial.page, picture, text, [], performance.now() - start));
      const truth = trial.page.rows
        .flat()
        .map((part) => part.text)
        .join(' ');
      for (const sign of ['€', '£']) {
        const times = (where: string): number => where.split(sign).length - 1;
        signs.there += times(truth);
        signs.lines += Math.min(times(truth), times(read.text));
        signs.nano += Math.min(times(truth), times(text));
      }
    }
    say(`  ${language.padEnd(11)} lines ${describeScore(lines)}  € £: ${signs.lines} of ${signs.there}`);
    say(`  ${''.padEnd(11)} nano  ${describeScore(model)}  € £: ${signs.nano} of ${signs.there}`);
  }
}

async function sayBlanks(): Promise<void> {
  const faults = await judgeBlankPages();
  say(`\n${blankKinds} kinds of blank and nearly blank pages: ${faults.length} faults`);
  for (const fault of faults) say(`  ${fault}`);
}

async function sayTurns(count: number): Promise<void> {
  const verdicts: TurnVerdict[] = [];
  for (const trial of listTrialPages(count, seedsFrom.tried)) verdicts.push(...(await judgeTurns(trial, [0, 90, 180, 270])));
  const wrong = verdicts.filter(({ isRight }) => !isRight);
  const margins = verdicts.filter(({ isRight }) => isRight).map(({ margin }) => margin);
  say(
    `\n${count} pages in four turns: ${verdicts.length - wrong.length} of ${verdicts.length} right; least margin of those ${Math.min(1, ...margins).toFixed(2)}`,
  );
  for (const { page, margin } of wrong) say(`  wrong: ${page}, margin ${margin.toFixed(2)}`);
}

/** A scrolled screenshot of 300 lines, and forms of small boxes. */
async function sayShapes(): Promise<void> {
  const shapes: readonly DrawnPage[] = [drawScreenshot(), ...[1, 2, 3, 4].map(drawSmallBoxes)];
  say('\nShapes:');
  for (const [index, page] of shapes.entries()) {
    const trial = { page, distortion: 'clean', seed: index } as const;
    say(`  ${page.kind.padEnd(11)} ${describeScore((await readAndScore(trial, await makePicture(trial))).score)}`);
  }
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
