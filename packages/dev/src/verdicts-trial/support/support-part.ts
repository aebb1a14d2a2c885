import { closeLineReader, readLines } from '@h2ovl/core/internal/lines/read-lines';
import { supportReading } from '@h2ovl/core/internal/operations/support/support-reading';
import { listTrialPages, makePicture, pixelsOf } from '../../lines-trial/trial-pages.ts';
import { spoilReading } from './spoil-reading.ts';
import { emptySupportScore, type SupportScore, scoreSupport } from './support-score.ts';

/** Rules were tried on pages of the first seed; those of the second were looked at when everything stood. */
export const supportSeeds = { tried: 1000, kept: 7000 } as const;

/** What became of the faults that were put into the readings of drawn pages, and how long the comparison took. */
export interface SupportReport extends SupportScore {
  pages: number;
  ms: number;
  /** The least share of supported lines among faithful readings of the same pages. */
  leastShare: number;
}

/** Reads the lines of drawn pages, and compares readings with faults with them. `tell` gets a sentence for each thing that was missed or wrong. */
export async function trySupport(part: keyof typeof supportSeeds, count: number, tell: (text: string) => void): Promise<SupportReport> {
  const report: SupportReport = { ...emptySupportScore(), pages: 0, ms: 0, leastShare: 1 };
  for (const trial of listTrialPages(count, supportSeeds[part])) {
    const lines = await readLines(await pixelsOf((await makePicture(trial)).png));
    const spoilt = spoilReading(trial.page, report.pages);
    const started = performance.now();
    const support = await supportReading(spoilt.text, lines);
    report.ms += performance.now() - started;
    const name = `${trial.page.kind}, ${trial.distortion}, ${trial.seed}`;
    const score = scoreSupport(spoilt, support, (fault) => tell(`${name}: ${fault}`));
    for (const key of Object.keys(score) as (keyof SupportScore)[]) report[key] += score[key];
    const faithful = await supportReading(trial.page.rows.map((row) => row.map(({ text }) => text).join(' ')).join('\n'), lines);
    report.leastShare = Math.min(report.leastShare, faithful.share ?? 1);
    report.pages += 1;
  }
  return report;
}

/** The trial of the two readers: the figures, and whether they are what is promised. */
export async function runSupportPart(part: keyof typeof supportSeeds, count: number, print: (line: string) => void): Promise<boolean> {
  const report = await trySupport(part, count, print).finally(closeLineReader);
  const share = (found: number, all: number): string => `${found} of ${all} (${((100 * found) / all).toFixed(1)} %)`;
  const { invented, inventedFound, digits, digitsFound, dropped, droppedFound, untouched, accused, calledMissing } = report;
  print(`two readers, ${report.pages} pages ${part}: ${(report.ms / report.pages).toFixed(0)} ms a page beside the lines`);
  print(
    `  invented lines found ${share(inventedFound, invented)}, changed digits ${share(digitsFound, digits)}, dropped lines ${share(droppedFound, dropped)}`,
  );
  print(
    `  untouched lines accused ${share(accused, untouched)}, called missing ${share(calledMissing, untouched)}; not judged ${report.notJudged}`,
  );
  print(`  least share of a faithful reading ${report.leastShare.toFixed(3)}`);
  return keepsPromise(report);
}

/** Invented lines >= 95 %, changed digits >= 80 %, dropped lines >= 95 %; untouched ones accused or called missing <= 2 % each. */
export function keepsPromise(report: SupportScore): boolean {
  const { invented, inventedFound, digits, digitsFound, dropped, droppedFound, untouched, accused, calledMissing } = report;
  const isFound = inventedFound >= 0.95 * invented && digitsFound >= 0.8 * digits && droppedFound >= 0.95 * dropped;
  return isFound && accused <= 0.02 * untouched && calledMissing <= 0.02 * untouched;
}
