import type { VisionModel } from '@h2ovl/contract';
import { readDocument } from '@h2ovl/core';
import sharp from 'sharp';
import { drawPage } from '../../lines-trial/draw-page.ts';
import { type DrawnPage, textOf } from '../../lines-trial/page-drawing.ts';
import { editDistance } from '../../lines-trial/score-page.ts';

/** Degrees, to both sides in turns. */
const slants = [2, 4, 6, 8, 10] as const;
/** Kinds of pages that the small model reads well as they are. */
const kinds = ['receipt', 'form', 'letter'] as const;

/** Slanted pages read by the small model as they lie, and straightened: straightening must not make a slant worse by more than half a hundredth. */
export async function compareSlants(model: VisionModel, firstSeed: number, pages: number, print: (line: string) => void): Promise<boolean> {
  let isKept = true;
  for (const slant of slants) {
    let [plain, straightened, letters, changed] = [0, 0, 0, 0];
    for (let index = 0; index < pages; index += 1) {
      const page = drawPage(kinds[index % kinds.length] as string, firstSeed + Math.floor(index / kinds.length));
      const picture = await slanted(page, index % 2 === 0 ? slant : -slant);
      const truth = textOf(page);
      for (const rotate of [0, 'auto'] as const) {
        for await (const read of readDocument(picture, { model, mode: 'model', rotate, maxOutputTokens: 1024 })) {
          const edits = editDistance(truth, read.text);
          if (rotate === 0) plain += edits;
          else straightened += edits;
          if ((read.picture?.straightenedBy ?? 0) !== 0) changed += 1;
        }
      }
      letters += truth.length;
    }
    const [before, after] = [plain / letters, straightened / letters];
    print(
      `slanted: ${slant} degrees, nano, ${pages} pages, ${changed} straightened: character errors ${before.toFixed(4)} as they lie, ${after.toFixed(4)} by themselves`,
    );
    isKept &&= after <= before + 0.005;
  }
  return isKept;
}

/** The page laid at a slant on a larger white sheet. */
async function slanted(page: DrawnPage, degrees: number): Promise<Buffer> {
  const plain = await sharp(Buffer.from(page.svg)).flatten({ background: '#fff' }).png().toBuffer();
  return await sharp(plain).rotate(degrees, { background: '#fff' }).png().toBuffer();
}
