import { cropsOfPage } from '@h2ovl/core/internal/operations/pages/crop-pages';
import { joinTexts } from '@h2ovl/core/internal/operations/pages/join-texts';
import { publishedTiles } from '@h2ovl/core/internal/operations/pages/tile-room';
import type { DrawnPage } from '../../lines-trial/page-drawing.ts';
import { textOf } from '../../lines-trial/page-drawing.ts';
import { pagelessPage, readPart, trueLines } from './stand-in-reader.ts';

/** What cutting and joining did to a page. */
export interface CropsJudged {
  readonly crops: number;
  readonly overlaps: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly isInOrder: boolean;
}

/** Cuts a drawn page into parts, has each read without fault, and compares what is joined with what was drawn. */
export async function judgeCrops(page: DrawnPage): Promise<CropsJudged> {
  const shown = {
    page: pagelessPage(page),
    lines: trueLines(page),
    change: { rotation: 0, inverted: false, straightenedBy: 0 },
    warnings: [],
  } as const;
  const crops = (await cropsOfPage(shown, { choice: 'crops', room: publishedTiles, signal: undefined })) ?? [];
  const text =
    crops.length === 0 ? textOf(page) : joinTexts(crops.map(({ region, overlaps }) => ({ text: readPart(page, region), overlaps })));
  const [wanted, found] = [textOf(page).split('\n'), text.split('\n')];
  return {
    crops: crops.length,
    overlaps: crops.filter(({ overlaps }) => overlaps).length,
    lost: missing(wanted, found),
    doubled: missing(found, wanted),
    isInOrder: text === textOf(page),
  };
}

/** Lines of the one that the other has less often. */
function missing(from: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of other) left.set(line, (left.get(line) ?? 0) + 1);
  return from.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
