import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import sharp from 'sharp';
import { blankPages, nearlyBlankPages } from './blank-pages.ts';
import { makePicture, pixelsOf, type TrialPage } from './trial-pages.ts';

/** A line of three letters or more with this confidence on a blank page is an invention. */
const inventedFrom = 0.6;

/** What went wrong on blank and nearly blank pages; empty when nothing did. */
export async function judgeBlankPages(names?: ReadonlySet<string>): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [name, draw] of Object.entries(blankPages())) {
    if (names?.has(name) === false) continue;
    const { lines, hasText } = await readLines(await pixelsOf(await draw()));
    const invented = lines.filter(({ text, confidence }) => confidence >= inventedFrom && [...text.matchAll(/\p{L}/gu)].length >= 3);
    if (invented.length > 0) faults.push(`${name}: read ${invented.map(({ text }) => JSON.stringify(text)).join(', ')}`);
    if (hasText) faults.push(`${name}: called a page with text (${lines.map(({ text }) => text).join(' | ')})`);
  }
  for (const [text, draw] of Object.entries(nearlyBlankPages())) {
    if (names?.has(text) === false) continue;
    const read = await readLines(await pixelsOf(await draw()));
    if (!read.text.includes(text)) faults.push(`"${text}" alone was read as ${JSON.stringify(read.text)}`);
    else if (!read.hasText) faults.push(`"${text}" alone was called a page without text`);
  }
  return faults;
}

export const blankKinds: number = Object.keys(blankPages()).length + Object.keys(nearlyBlankPages()).length;

/** How a page that was turned was judged. */
export interface TurnVerdict {
  readonly isRight: boolean;
  readonly margin: number;
  readonly page: string;
}

/** A page turned clockwise in each of the given ways; upright it is again after the rest of a full turn. */
export async function judgeTurns(trial: TrialPage, turns: readonly (0 | 90 | 180 | 270)[]): Promise<readonly TurnVerdict[]> {
  const { png } = await makePicture(trial);
  const verdicts: TurnVerdict[] = [];
  for (const turn of turns) {
    const { rotation, rotationMargin } = await readLines(await pixelsOf(await sharp(png).rotate(turn).png().toBuffer()));
    const page = `${trial.page.kind} ${trial.distortion} ${trial.seed} turned by ${turn}`;
    verdicts.push({ isRight: rotation === (360 - turn) % 360, margin: rotationMargin, page });
  }
  return verdicts;
}
