import { parseArgs } from 'node:util';
import { printLine, runDrawnParts } from '../lines-trial/run-parts.ts';
import { runBlanksPart } from './blanks.ts';
import { runEvidencePart } from './evidence/evidence-part.ts';
import { runLoopsPart } from './loops.ts';
import { runCropsPart, runInvertedPart, runSlantedPart, runTurnsPart } from './pages/pages-part.ts';
import { runSupportPart } from './support/support-part.ts';

const usage = `npm run trial:verdicts -- [PART...] [--pages 100] [--set kept|tried]

Draws pages and holds what is said of them against what was drawn. Parts, all of them without one:
  blanks     pages without text, and pages with hardly any, read with a model that always invents
  loops      answers that go round with each period from 1 to 200, and documents that rightly repeat
  support    invented lines, changed digits and dropped lines in readings of drawn pages
  evidence   the places of values on drawn receipts, invoices, forms, orders, bills and statements
  turned     drawn pages in four turns: whether they are shown upright
  inverted   negated pages: whether they are shown dark on light, pixel by pixel
  slanted    pages at a slant of 2 to 10 degrees, read by nano as they lie and straightened
  crops      dense pages, screenshots, wide tables and columns read in parts: by a reader without fault, and a tenth of them by nano; a screenshot of 300 rows by nano
--pages: how many pages a part draws; slanted takes a tenth of them at each slant, loops takes ten times as many documents, and two fifths as many loops of each period. --set tried: pages that rules were tried on, in place of those kept apart.
`;

type DrawnSet = 'kept' | 'tried';

/** A part of the trial says its figures, and whether they are what is promised. */
const parts: Readonly<Record<string, (set: DrawnSet, pages: number, print: (line: string) => void) => Promise<boolean>>> = {
  blanks: runBlanksPart,
  loops: runLoopsPart,
  support: runSupportPart,
  evidence: runEvidencePart,
  turned: runTurnsPart,
  inverted: runInvertedPart,
  slanted: runSlantedPart,
  crops: runCropsPart,
};

/** The trial of verdicts, part by part; resolves to 1 where one of them does not keep what is promised. */
export async function main(argv: readonly string[]): Promise<number> {
  const text = (standard: string) => ({ type: 'string', default: standard }) as const;
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { pages: text('100'), set: text('kept'), help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [pages, set] = [Number(values.pages), values.set as DrawnSet];
  const isKnown = positionals.every((name) => Object.hasOwn(parts, name)) && ['kept', 'tried'].includes(set);
  if (values.help === true || !isKnown || !Number.isSafeInteger(pages) || pages < 1) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(parts);
  return runDrawnParts(names, async (name) => (await parts[name]?.(set, pages, printLine)) ?? true);
}
