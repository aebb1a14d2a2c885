import { parseArgs } from 'node:util';
import { printLine, runDrawnParts } from '../lines-trial/run-parts.ts';
import { runAnswersPart } from './answers-part.ts';
import { type PromiseRun, runPromisePart } from './promise-part.ts';
import { runSourcesPart } from './sources-part.ts';
import { runTextsPart } from './texts-part.ts';

const usage = `npm run trial:drafts -- [PART...] [--pages 200] [--from 0] [--to N] [--threads N]

Text that is known of a page, proposed to the model. Parts, the first two without one:
  promise   nano's answers about its sample pages and drawn pages, without drafts, with right, wrong, random, impossible and no candidates, at every precision,
            without a schema and held to one
  sources   each source of drafts alone, on drawn pages whose text is known: tokens a step, share that is taken, time to make them
  texts     prints drawn pages with what the line reader reads of them, as JSON: what the bench replays
  answers   prints what nano writes about its sample pages, with what the line reader reads of them, as JSON: what the bench replays, too
--pages: how many pages are drawn; 0 leaves the part promise with the sample pages. --from, --to: of the pages of the part promise, sample pages first, only those
from one place on and before another, counted from 0: it takes long, and can so be run piece by piece.
--threads: of nano in the part promise; two wait for each other where others are at work, so that one is faster there.
`;

/** A part says its figures, and whether they are what is promised. */
const parts: Readonly<Record<string, (pages: PromiseRun, print: (line: string) => void) => Promise<boolean>>> = {
  promise: runPromisePart,
  sources: ({ drawn }, print) => runSourcesPart(drawn, print),
  texts: ({ drawn }, print) => runTextsPart(drawn, print),
  answers: ({ drawn }, print) => runAnswersPart(drawn, print),
};

/** Those that judge something. */
const judging = ['promise', 'sources'];

/** The trial of drafts, part by part; resolves to 1 where one of them does not keep what is promised. */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      pages: { type: 'string', default: '200' },
      from: { type: 'string', default: '0' },
      to: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
      threads: { type: 'string' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
  const pages = { drawn: Number(values.pages), from: Number(values.from), to: Number(values.to), ...threads };
  const isKnown = positionals.every((name) => Object.hasOwn(parts, name));
  if (values.help === true || !isKnown || !Object.values(pages).every((count) => Number.isSafeInteger(count) && count >= 0)) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  const names = positionals.length > 0 ? positionals : judging;
  return runDrawnParts(names, async (name) => (await parts[name]?.(pages, printLine)) ?? true);
}
