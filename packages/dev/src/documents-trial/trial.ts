import { loadModel } from '@h2ovl/core';
import { compareWays, type PairedReport } from './compare-readings.ts';
import { measureSlope } from './measure-slope.ts';
import { canWatch } from './memory-watch.ts';
import { runCorpus } from './run-corpus.ts';

const usage = `Usage: npm run trial:documents -- [corpus] [slope PAGES] [ways PAGES]
  corpus        every format and trait, and files made to harm: each page accounted for, with peak memory
  slope PAGES   renders and reads one PDF and one TIFF of so many pages without a model: memory a page, pages a minute
  ways PAGES    nano reads the same drawn A4 pages as PNG, PDF and TIFF: character error rates, page by page
`;

/** The largest mean difference of character error rates to PNG. */
const maxDifference = 0.005;

/** The trial of documents. Exit code 1 when something is not as it should be. */
export async function main(argv: readonly string[]): Promise<number> {
  const [part = 'corpus', size] = argv;
  const count = Number(size ?? (part === 'slope' ? 1_000 : 50));
  if (!['corpus', 'slope', 'ways'].includes(part) || !Number.isSafeInteger(count) || count < 1) {
    process.stderr.write(usage);
    return 2;
  }
  if (part === 'corpus') return await trialCorpus();
  if (part === 'slope') return await trialSlope(count);
  return await trialWays(count);
}

async function trialCorpus(): Promise<number> {
  const { outcomes, peak } = await runCorpus({
    isFull: true,
    onCase: ({ name, pages, results, ms, fault }) => {
      const told = pages === undefined ? results[0] : `${pages} ${pages === 1 ? 'page' : 'pages'}: ${countResults(results)}`;
      print(`${fault === undefined ? 'as expected' : `WRONG (${fault})`}  ${String(ms).padStart(6)} ms  ${name}: ${told}`);
    },
  });
  const wrong = outcomes.filter(({ fault }) => fault !== undefined).length;
  print(`\n${outcomes.length} files, ${wrong} of them not as expected.`);
  print(
    `Peak resident memory: ${megabytes(peak.parent)} here, ${canWatch ? megabytes(peak.child) : 'not told by this system'} in a decoder's process.`,
  );
  return wrong === 0 ? 0 : 1;
}

function countResults(results: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const result of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ');
}

async function trialSlope(pages: number): Promise<number> {
  for (const format of ['pdf', 'tiff'] as const) {
    const { fileBytes, pagesPerMinute, slope, largest } = await measureSlope(format, pages);
    print(`${format} of ${pages} pages, ${megabytes(fileBytes)}: ${Math.round(pagesPerMinute)} pages a minute.`);
    print(`  memory a page: ${kilobytes(slope.parent)} here, ${kilobytes(slope.child)} in the decoder's process`);
    print(`  most memory:   ${megabytes(largest.parent)} here, ${megabytes(largest.child)} in the decoder's process`);
  }
  return 0;
}

async function trialWays(pages: number): Promise<number> {
  const model = await loadModel('nano');
  try {
    const report = await compareWays(model, pages, (soFar) => {
      // A run that is stopped has told what it had.
      if (soFar.pages % 10 === 0 && soFar.pages < pages) printWays(soFar);
    });
    printWays(report);
    return report.ways.every(({ difference }) => Math.abs(difference) <= maxDifference) ? 0 : 1;
  } finally {
    await model.dispose();
  }
}

function printWays({ pages, ways }: PairedReport): void {
  print(`${pages} drawn A4 pages, read by nano:`);
  for (const { way, cer, difference, halfInterval, same } of ways) {
    print(
      `  ${way.padEnd(18)} CER ${cer.toFixed(4)}, difference to PNG ${difference.toFixed(4)} ± ${halfInterval.toFixed(4)}, ${same} pages letter by letter the same`,
    );
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const kilobytes = (bytes: number): string => `${(bytes / 1e3).toFixed(2)} kB`;
