import type { PageSupport } from '@h2ovl/contract';
import type { SpoiltLine, SpoiltReading } from './spoil-reading.ts';

/** Of the faults that were put in, those found; of the lines left alone, those accused. */
export interface SupportScore {
  invented: number;
  inventedFound: number;
  digits: number;
  digitsFound: number;
  dropped: number;
  droppedFound: number;
  untouched: number;
  accused: number;
  /** Lines of the page that are in the reading as they stand, and are called missing. */
  calledMissing: number;
  notJudged: number;
}

export const emptySupportScore = (): SupportScore => ({
  ...{ invented: 0, inventedFound: 0, digits: 0, digitsFound: 0, dropped: 0, droppedFound: 0 },
  ...{ untouched: 0, accused: 0, calledMissing: 0, notJudged: 0 },
});

/** What was said of one reading. `report` gets a sentence for each thing that was missed or wrong. */
export function scoreSupport({ text, lines }: SpoiltReading, support: PageSupport, report: (fault: string) => void): SupportScore {
  const score = emptySupportScore();
  score.notJudged = support.notJudged;
  const missing = support.missing.map(({ text: line }) => squeeze(line));
  const isMissing = missing.map(() => false);
  let at = 0;
  for (const line of lines.filter(({ fault }) => fault !== 'dropped')) {
    const from = text.indexOf(line.text, at);
    at = from + line.text.length;
    const isAccused = support.unseen.some((unseen) => unseen.at < at && unseen.at + unseen.text.length > from);
    count(score, line, isAccused, report);
  }
  for (const { row = '', text: own } of lines.filter(({ fault }) => fault === 'dropped')) {
    score.dropped += 1;
    const found = missing.findIndex((line, index) => !isMissing[index] && shares(squeeze(own), squeeze(row), line));
    if (found === -1) {
      report(`dropped, not missed: ${own}`);
      continue;
    }
    score.droppedFound += 1;
    for (const [index, line] of missing.entries()) if (shares(squeeze(own), squeeze(row), line)) isMissing[index] = true;
  }
  for (const [index, line] of missing.entries()) {
    if (isMissing[index]) continue;
    score.calledMissing += 1;
    report(`called missing: ${line}`);
  }
  return score;
}

function count(score: SupportScore, { fault, text }: SpoiltLine, isAccused: boolean, report: (fault: string) => void): void {
  if (fault === 'invented') {
    score.invented += 1;
    score.inventedFound += isAccused ? 1 : 0;
  } else if (fault === 'digit') {
    score.digits += 1;
    score.digitsFound += isAccused ? 1 : 0;
  } else {
    score.untouched += 1;
    score.accused += isAccused ? 1 : 0;
  }
  if (isAccused === (fault === 'none')) report(`${fault === 'none' ? 'accused' : `${fault}, not found`}: ${text}`);
}

const squeeze = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Whether a line that is said to be missing is the dropped one, or stands in its row: a third of its letters may have been read otherwise. */
function shares(own: string, row: string, line: string): boolean {
  if (own.includes(line) || row.includes(line)) return true;
  const pairs = (text: string): Set<string> =>
    new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2)));
  const [wanted, got] = [pairs(row), pairs(line)];
  return [...got].filter((pair) => wanted.has(pair)).length >= 0.66 * got.size;
}
