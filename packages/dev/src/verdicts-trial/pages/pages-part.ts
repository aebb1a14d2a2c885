import type { PageRotation, VisionModel } from '@h2ovl/contract';
import { loadModel, readDocument } from '@h2ovl/core';
import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import sharp from 'sharp';
import { drawPage, kindNames } from '../../lines-trial/draw-page.ts';
import { type DrawnPage, textOf } from '../../lines-trial/page-drawing.ts';
import { editDistance } from '../../lines-trial/score-page.ts';
import { seedsFrom } from '../../lines-trial/trial-pages.ts';
import { denseKinds, drawDense } from './draw-dense.ts';
import { judgeCrops } from './judge-crops.ts';
import { judgeShown } from './judge-shown.ts';
import { judgeLongScreenshot } from './long-screenshot.ts';
import { compareSlants } from './slanted.ts';

const turns: readonly PageRotation[] = [0, 90, 180, 270];
const rate = (part: number, whole: number): string => `${part} of ${whole}`;

function* drawnPages(set: 'kept' | 'tried', count: number): Iterable<DrawnPage> {
  for (let index = 0; index < count; index += 1) {
    yield drawPage(kindNames[index % kindNames.length] as string, seedsFrom[set] + Math.floor(index / kindNames.length));
  }
}

/** Pages in four turns: at least 99 % upright for the model, none turned wrongly where the line reader was clear. */
export async function runTurnsPart(set: 'kept' | 'tried', pages: number, print: (line: string) => void): Promise<boolean> {
  return await judgeAll(set, pages, print, 'turned', turns, false, 0.99);
}

/** Negated pages: what is shown as it was drawn is read as the plain page is. */
export async function runInvertedPart(set: 'kept' | 'tried', pages: number, print: (line: string) => void): Promise<boolean> {
  return await judgeAll(set, pages, print, 'inverted', [0], true, 0.99);
}

async function judgeAll(
  set: 'kept' | 'tried',
  pages: number,
  print: (line: string) => void,
  what: string,
  rotations: readonly PageRotation[],
  isNegated: boolean,
  share: number,
): Promise<boolean> {
  let [right, wrong, all, least] = [0, 0, 0, 1];
  for (const page of drawnPages(set, pages)) {
    for (const rotation of rotations) {
      const judged = await judgeShown(page, rotation, isNegated);
      all += 1;
      right += judged.isAsDrawn ? 1 : 0;
      wrong += judged.isWrong ? 1 : 0;
      least = Math.min(least, judged.margin);
      if (!judged.isAsDrawn)
        print(`  ${what}: ${page.kind} needing ${rotation} degrees is not shown as drawn (margin ${judged.margin.toFixed(2)})`);
    }
  }
  await closeLineReader();
  print(`${what}: shown as drawn ${rate(right, all)}, wrong above the margin ${wrong}; smallest margin ${least.toFixed(2)}`);
  return right >= share * all && wrong === 0;
}

/** Slanted pages, a tenth of `pages` at each slant: whether straightening helps the small model. */
export async function runSlantedPart(set: 'kept' | 'tried', pages: number, print: (line: string) => void): Promise<boolean> {
  const model = await loadModel('nano');
  const isKept = await compareSlants(model, seedsFrom[set], Math.ceil(pages / 10), print);
  await model.dispose();
  await closeLineReader();
  return isKept;
}

/** Parts of pages: with a reader without fault on `pages` pages of each kind, and with nano on a tenth of them. */
export async function runCropsPart(set: 'kept' | 'tried', pages: number, print: (line: string) => void): Promise<boolean> {
  let isKept = true;
  for (const kind of denseKinds) {
    let [crops, lost, doubled] = [0, 0, 0];
    for (let index = 0; index < pages; index += 1) {
      const judged = await judgeCrops(drawDense(kind, seedsFrom[set] + index));
      crops += judged.crops;
      lost += judged.lost.length;
      doubled += judged.doubled.length;
    }
    print(`crops: ${kind}, reader without fault: ${pages} pages in ${crops} parts, ${lost} lines lost, ${doubled} doubled`);
    isKept &&= lost === 0 && doubled === 0;
  }
  const model = await loadModel('nano');
  isKept = (await judgeLongScreenshot(model, seedsFrom[set], print)) && isKept;
  for (const kind of denseKinds) isKept = (await compareTiles(model, kind, set, Math.ceil(pages / 10), print)) && isKept;
  await model.dispose();
  await closeLineReader();
  return isKept;
}

/** Characters in error with plain tiles and in parts; parts must not be worse by more than half a hundredth. */
async function compareTiles(
  model: VisionModel,
  kind: (typeof denseKinds)[number],
  set: 'kept' | 'tried',
  pages: number,
  print: (line: string) => void,
): Promise<boolean> {
  let [plain, parts, letters] = [0, 0, 0];
  for (let index = 0; index < pages; index += 1) {
    const page = drawDense(kind, seedsFrom[set] + index);
    const truth = textOf(page);
    const picture = await sharp(Buffer.from(page.svg)).flatten({ background: '#fff' }).png().toBuffer();
    for (const tiles of [6, 'crops'] as const) {
      for await (const { text } of readDocument(picture, { model, tiles, maxOutputTokens: 4096 })) {
        const edits = editDistance(truth, text);
        if (tiles === 'crops') parts += edits;
        else plain += edits;
      }
    }
    letters += truth.length;
  }
  print(
    `crops: ${kind}, nano, ${pages} pages: character errors ${(plain / letters).toFixed(4)} as a whole, ${(parts / letters).toFixed(4)} in parts`,
  );
  return parts <= plain + 0.005 * letters;
}
