import type { Raster, Region } from '../../tiles/raster.ts';
import type { Networks } from '../networks.ts';
import { makeDetectorInput } from './detector-input.ts';
import { type FoundBox, findRegions } from './find-regions.ts';

/** The detector halves its picture five times. */
const multiple = 32;

/** One run of the detector. */
export type Detect = (region: Region, scale: number) => Promise<FoundBox[]>;

/** What finding may still cost on one page. */
export interface FindBudget {
  /** Boxes of all looks together; joining them compares each with many others. */
  boxesLeft: number;
  /** Whether something was left out for it. */
  isSpent: boolean;
}

/** The detector on regions of one page. Where the budget is spent it finds nothing more. */
export function detectOn(page: Raster, networks: Networks, budget: FindBudget): Detect {
  return async (region, scale) => {
    if (budget.boxesLeft <= 0) {
      budget.isSpent = true;
      return [];
    }
    const width = roundSide(region.width * scale);
    const height = roundSide(region.height * scale);
    const picture = makeDetectorInput(page, region, width, height, networks.memory?.take(3 * width * height));
    const values = await networks.detect(picture, width, height);
    const { left, top } = region;
    const found = findRegions({ values, width, height, scaleX: width / region.width, scaleY: height / region.height, left, top });
    networks.memory?.give(values);
    budget.boxesLeft -= found.length;
    return found;
  };
}

function roundSide(pixels: number): number {
  return Math.max(multiple, Math.round(pixels / multiple) * multiple);
}
