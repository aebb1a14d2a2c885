import { parseArgs } from 'node:util';
import { hasFonts } from '../lines-trial/trial-pages.ts';
import { runEvidencePart } from './evidence/evidence-part.ts';
import { runSupportPart } from './support/support-part.ts';

const usage = `npm run trial:verdicts -- [PART...] [--pages 100] [--set kept|tried]

Draws pages and holds what is said of them against what was drawn. Parts, all of them without one:
  support    invented lines, changed digits and dropped lines in readings of drawn pages
  evidence   the places of values on drawn receipts, invoices, forms, orders, bills and statements
--pages: how many pages a part draws. --set tried: pages that rules were tried on, in place of those kept apart.
`;

type DrawnSet = 'kept' | 'tried';

/** A part of the trial says its figures, and whether they are what is promised. */
const parts: Readonly<Record<string, (set: DrawnSet, pages: number, print: (line: string) => void) => Promise<boolean>>> = {
  support: runSupportPart,
  evidence: runEvidencePart,
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
  if (!(await hasFonts())) {
    process.stderr.write('No fonts are installed: pages cannot be drawn.\n');
    return 1;
  }
  let isKept = true;
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    isKept = ((await parts[name]?.(set, pages, (line) => process.stdout.write(`${line}\n`))) ?? true) && isKept;
  }
  return isKept ? 0 : 1;
}
