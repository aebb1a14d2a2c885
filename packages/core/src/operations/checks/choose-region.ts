import type { LineBox, PageLines, ValueEvidence } from '@h2ovl/contract';
import { boundsOf } from '../../lines/geometry.ts';
import type { Region } from '../../tiles/raster.ts';
import { rateLabel } from '../evidence/label-words.ts';
import type { ExtractedValue } from '../evidence/list-values.ts';
import { PageLayout } from '../evidence/page-layout.ts';

/** Words that name a value as well as this are its label. */
const labelFrom = 0.6;
/** Heights of a line that are shown around what a value is looked for at. */
const around = 1.2;
/** The same below a label whose value was not found: it may stand there. */
const below = 2.5;

/**
 * The part of a page where a value ought to stand: along the row of its place or its label, or that of its entry in a list; undefined where nothing says
 * where. Whole pixels of the page that the lines were read from.
 */
export function chooseRegion(value: ExtractedValue, evidence: readonly ValueEvidence[], page: PageLines): Region | undefined {
  const layout = new PageLayout(page.lines);
  const own = evidence.find(({ path }) => path === value.path);
  const found = own?.places[0]?.boxes ?? [];
  const labels = own?.label === undefined ? bestLabel(value, layout) : [own.label.box];
  const boxes = [...found, ...(value.entry === undefined ? labels : entryBoxes(value, evidence))];
  if (boxes.length === 0) return undefined;
  return stripOf(boxes, page, { height: layout.lineHeight, hasPlace: found.length > 0 || value.entry !== undefined });
}

function bestLabel({ names }: ExtractedValue, layout: PageLayout): readonly LineBox[] {
  const rated = layout.groups.map(({ text, box }) => ({ box, rate: rateLabel(names, text) })).sort((a, b) => b.rate - a.rate);
  return rated[0] !== undefined && rated[0].rate >= labelFrom ? [rated[0].box] : [];
}

/** Where the other values of the same entry stand. */
function entryBoxes({ entry, keys, path: own }: ExtractedValue, evidence: readonly ValueEvidence[]): readonly LineBox[] {
  if (entry === undefined || keys.length === 0) return [];
  const start = `${entry.list}[${entry.index}]`;
  return evidence
    .filter(({ path, match }) => path !== own && path.startsWith(start) && match === 'exact')
    .flatMap(({ places }) => places[0]?.boxes.slice(0, 1) ?? []);
}

/** Across the page along the lines, since a value may stand far from its label. */
function stripOf(
  boxes: readonly LineBox[],
  { width, height: pageHeight, rotation }: PageLines,
  { height, hasPlace }: { readonly height: number; readonly hasPlace: boolean },
): Region {
  const edges = boundsOf(boxes.flat() as unknown as LineBox);
  const [before, behind] = [around * height, (hasPlace ? around : below) * height];
  const isAcross = rotation === 90 || rotation === 270;
  const bounds = isAcross
    ? {
        left: edges.left - (rotation === 90 ? before : behind),
        right: edges.right + (rotation === 90 ? behind : before),
        top: 0,
        bottom: pageHeight,
      }
    : {
        left: 0,
        right: width,
        top: edges.top - (rotation === 180 ? behind : before),
        bottom: edges.bottom + (rotation === 180 ? before : behind),
      };
  const left = Math.max(0, Math.floor(bounds.left));
  const top = Math.max(0, Math.floor(bounds.top));
  return {
    left,
    top,
    width: Math.max(1, Math.min(width, Math.ceil(bounds.right)) - left),
    height: Math.max(1, Math.min(pageHeight, Math.ceil(bounds.bottom)) - top),
  };
}
