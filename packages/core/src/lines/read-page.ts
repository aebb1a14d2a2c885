import type { LineBox, PageLines, PagePoint, PageRotation, TextLine } from '@h2ovl/contract';
import type { Raster } from '../tiles/raster.ts';
import type { Alphabet } from './alphabet.ts';
import { findRotation } from './arrange/find-rotation.ts';
import { orderLines } from './arrange/order-lines.ts';
import { orient } from './arrange/upright.ts';
import { findLines } from './find/find-lines.ts';
import { sidesOf } from './geometry.ts';
import type { Networks } from './networks.ts';
import { spreadBrightness, type Variant, variants } from './page-variants.ts';
import { inLanes } from './read/in-lanes.ts';
import { isLine, showsText } from './read/keep-line.ts';
import { LineReading } from './read/read-line.ts';
import { type Reading, worthOf } from './read/reading.ts';

/** Where none of this many of the longest boxes can be read, the others are not tried: a pattern has thousands. */
const hopelessFrom = 120;
/** After this many of the longest lines it is seen whether the quick recogniser is sure often enough. */
const weighedLines = 8;
/** A page whose readings are less sure than this on average is tried in other forms, on this many of its longest lines. */
const badPage = 0.9;
const sampleLines = 12;
/** Pixels; larger pages are shrunk for finding anyway, and their variants would take too much memory. */
const mostVariantPixels = 30e6;

export interface ReadPageOptions {
  readonly networks: Networks;
  readonly alphabet: Alphabet;
}

/** The way of a page: find the boxes, see which way up they are, read them, try again where that went badly, and put them in order. */
export async function readPage(page: Raster, { networks, alphabet }: ReadPageOptions): Promise<PageLines> {
  const plain = spreadBrightness(page);
  const careful = { ...networks, recogniseQuickly: undefined }; // what reads badly is not read surely the quick way
  let scan = await scanPage(plain, networks, alphabet);
  const variant =
    isBad(scan.readings) && page.width * page.height <= mostVariantPixels
      ? await bestVariant(scan, plain, { networks: careful, alphabet })
      : undefined;
  if (variant !== undefined) {
    const other = await scanPage(variant.make(plain), careful, alphabet);
    if (totalWorth(other.readings) > totalWorth(scan.readings)) scan = scaleBack(other, variant.scale);
  }
  return describe(page, scan);
}

/** Everything that was seen on a page, or on a variant of it. */
interface Scan {
  /** Named as on the page set upright. */
  readonly boxes: readonly LineBox[];
  readonly readings: readonly Reading[];
  readonly rotation: PageRotation;
  readonly margin: number;
  readonly scale: number;
  readonly isCutShort: boolean;
  /** Boxes that were not read, since none of the longest could be. */
  readonly skipped: number;
}

async function scanPage(page: Raster, networks: Networks, alphabet: Alphabet): Promise<Scan> {
  const { boxes, scale, isCutShort } = await findLines(page, networks);
  const reading = new LineReading(page, networks, alphabet);
  const { rotation, margin } = await findRotation(
    boxes.map(({ box }) => box),
    reading,
  );
  const oriented = longestFirst(boxes.map(({ box }) => orient(box, rotation)));
  const longest = await readAll(oriented.slice(0, weighedLines), reading);
  reading.weighQuickReading();
  const first = [...longest, ...(await readAll(oriented.slice(weighedLines, hopelessFrom), reading))];
  const isHopeless = oriented.length > hopelessFrom && !first.some(isLine);
  const readings = isHopeless ? first : [...first, ...(await readAll(oriented.slice(hopelessFrom), reading))];
  return { boxes: oriented, readings, rotation, margin, scale, isCutShort, skipped: oriented.length - readings.length };
}

function longestFirst(boxes: readonly LineBox[]): LineBox[] {
  const sized = boxes.map((box) => ({ box, ...sidesOf(box) }));
  return sized.sort((a, b) => Math.max(b.width, b.height) - Math.max(a.width, a.height)).map(({ box }) => box);
}

function readAll(boxes: readonly LineBox[], reading: LineReading): Promise<Reading[]> {
  return inLanes(boxes.map((box) => () => reading.read(box)));
}

function isBad(readings: readonly Reading[]): boolean {
  const read = readings.filter(({ letters }) => letters.length > 0);
  return read.length > 0 && read.reduce((sum, { confidence }) => sum + confidence, 0) / read.length < badPage;
}

const totalWorth = (readings: readonly Reading[]): number => readings.filter(isLine).reduce((sum, reading) => sum + worthOf(reading), 0);

/** The form of the page in which the longest lines read best; undefined when that is the page as it is. */
async function bestVariant(scan: Scan, page: Raster, { networks, alphabet }: ReadPageOptions): Promise<Variant | undefined> {
  const sample = scan.boxes.slice(0, sampleLines);
  let best: Variant | undefined;
  let most = scan.readings.slice(0, sampleLines).reduce((sum, reading) => sum + worthOf(reading), 0);
  for (const variant of variants) {
    const reading = new LineReading(variant.make(page), networks, alphabet);
    const readings = await readAll(
      sample.map((box) => scaleBox(box, variant.scale)),
      reading,
    );
    const worth = readings.reduce((sum, one) => sum + worthOf(one), 0);
    if (worth > most) [best, most] = [variant, worth];
  }
  return best;
}

function scaleBox(box: LineBox, by: number): LineBox {
  return box.map(([x, y]): PagePoint => [x * by, y * by]) as unknown as LineBox;
}

function scaleBack(scan: Scan, scale: number): Scan {
  const back = (box: LineBox): LineBox => scaleBox(box, 1 / scale);
  const readings = scan.readings.map((reading) => ({
    ...reading,
    box: back(reading.box),
    words: reading.words.map((word) => ({ ...word, box: back(word.box) })),
  }));
  return { ...scan, boxes: scan.boxes.map(back), readings, scale: scan.scale * scale };
}

function describe({ width, height }: Raster, scan: Scan): PageLines {
  const lines = scan.readings.filter(isLine).map(({ text, confidence, box, words }): TextLine => {
    return { text, confidence, box, height: sidesOf(box).height, words };
  });
  const rows = orderLines(lines, scan.rotation, { width, height });
  return {
    width,
    height,
    rotation: lines.length === 0 ? 0 : scan.rotation,
    rotationMargin: lines.length === 0 ? 0 : scan.margin,
    hasText: showsText(lines),
    lines: rows.flat(),
    text: rows.map((row) => row.map(({ text }) => text).join(' ')).join('\n'),
    unreadable: scan.boxes.length - lines.length,
    warnings: [...warningsOf(scan)],
  };
}

function* warningsOf({ isCutShort, scale, skipped, boxes }: Scan): Iterable<string> {
  if (isCutShort) {
    yield `The page is too large, or its pattern too fine, to be searched to the end: it was looked at with ${scale.toFixed(2)} pixels for each of its own, and smaller print may be missing.`;
  }
  if (skipped > 0) {
    yield `${boxes.length} places look like text. None of the ${hopelessFrom} longest could be read, so the other ${skipped} were not tried.`;
  }
}
