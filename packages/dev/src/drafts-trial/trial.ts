import { parseArgs } from 'node:util';
import { printLine, runDrawnParts } from '../lines-trial/run-parts.ts';
import { runAnswersPart } from './answers-part.ts';
import { runPromisePart } from './promise-part.ts';
import { runSourcesPart } from './sources-part.ts';
import { runTextsPart } from './texts-part.ts';

const usage = `npm run trial:drafts -- [PART...] [--pages 200]

Text that is known of a page, proposed to the model. Parts, the first two without one:
  promise   nano's answers about its sample pages and drawn pages, with drafts and without, at every precision
  sources   each source of drafts alone, on drawn pages whose text is known: tokens a step, share that is taken, time to make them
  texts     prints drawn pages with what the line reader reads of them, as JSON: what the bench replays
  answers   prints what nano writes about its sample pages, with what the line reader reads of them, as JSON: what the bench replays, too
--pages: how many pages are drawn; 0 leaves the part promise with the sample pages.
`;

/** A part says its figures, and whether they are what is promised. */
const parts: Readonly<Record<string, (pages: number, print: (line: string) => void) => Promise<boolean>>> = {
  promise: runPromisePart,
  sources: runSourcesPart,
  texts: runTextsPart,
  answers: runAnswersPart,
};

/** Those that judge something. */
const judging = ['promise', 'sources'];

/** The trial of drafts, part by part; resolves to 1 where one of them does not keep what is promised. */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { pages: { type: 'string', default: '200' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const pages = Number(values.pages);
  const isKnown = positionals.every((name) => Object.hasOwn(parts, name));
  if (values.help === true || !isKnown || !Number.isSafeInteger(pages) || pages < 0) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  const names = positionals.length > 0 ? positionals : judging;
  return runDrawnParts(names, async (name) => (await parts[name]?.(pages, printLine)) ?? true);
}
