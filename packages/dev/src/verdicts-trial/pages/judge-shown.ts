import { clearRotationMargin, type PageRotation } from '@h2ovl/contract';
import { openDocument } from '@h2ovl/core';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import { showPage } from '@h2ovl/core/internal/operations/pages/show-page';
import sharp from 'sharp';
import type { DrawnPage } from '../../lines-trial/page-drawing.ts';

/** What became of a page that was turned or negated before it was shown. */
export interface ShownJudged {
  /** It is shown as it was drawn, dark on light, pixel by pixel. */
  readonly isAsDrawn: boolean;
  /** It was changed, and not into what was drawn. */
  readonly isWrong: boolean;
  /** How clearly the line reader saw which way up it is. */
  readonly margin: number;
}

/** Turns a drawn page counter to `rotation`, negates it where asked, and looks at what a model would be shown. */
export async function judgeShown(drawn: DrawnPage, rotation: PageRotation, isNegated: boolean): Promise<ShownJudged> {
  const plain = sharp(Buffer.from(drawn.svg)).flatten({ background: '#fff' }).removeAlpha();
  const wanted = darkOnLight(await plain.clone().raw().toBuffer());
  const turned = plain.clone().rotate((360 - rotation) % 360);
  const picture = await (isNegated ? sharp(await turned.png().toBuffer()).negate({ alpha: false }) : turned).png().toBuffer();
  const document = await openDocument(picture, { name: drawn.kind });
  await using _ = document;
  const page = await document.page(1);
  const lines = await readLines(page);
  const { page: shown, change } = await showPage(page, { lines });
  const { data } = await shown.render();
  const isAsDrawn = Buffer.from(data).equals(wanted);
  const isTouched = change.rotation !== 0 || change.straightenedBy !== 0;
  return { isAsDrawn, isWrong: isTouched && !isAsDrawn && lines.rotationMargin >= clearRotationMargin, margin: lines.rotationMargin };
}

/** A page that was drawn light on dark is to be shown the other way round. */
function darkOnLight(pixels: Buffer): Buffer {
  const isDark = pixels.reduce((sum, value) => sum + value, 0) < 128 * pixels.length;
  return isDark ? Buffer.from(pixels.map((value) => 255 - value)) : pixels;
}
