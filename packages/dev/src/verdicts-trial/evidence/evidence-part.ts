import { closeLineReader, readLines } from '@h2ovl/core/internal/lines/read-lines';
import { findEvidence } from '@h2ovl/core/internal/operations/evidence/find-evidence';
import { pixelsOf } from '../../lines-trial/trial-pages.ts';
import { corrupt } from './corrupt-values.ts';
import { drawEvidencePages, type EvidencePart } from './evidence-pages.ts';
import { type EvidenceScore, emptyEvidenceScore, scoreEvidence } from './evidence-score.ts';

const firstSeeds: Readonly<Record<EvidencePart, number>> = { tried: 1, kept: 1_000_001 };

/** What became of the values of drawn pages, and how long the search for them took. */
export interface EvidenceReport extends EvidenceScore {
  pages: number;
  ms: number;
}

/** Looks for the true values of drawn pages, and for values of which one in three is misread. `tell` gets a sentence for each that is wrong. */
export async function tryEvidence(part: EvidencePart, count: number, tell: (text: string) => void): Promise<EvidenceReport> {
  const report: EvidenceReport = { ...emptyEvidenceScore(), pages: 0, ms: 0 };
  const schema = { type: 'object' };
  for await (const page of drawEvidencePages(part, count, firstSeeds[part])) {
    const lines = await readLines(await pixelsOf(Buffer.from(page.png)));
    const spoilt = corrupt(page, report.pages + 5);
    const started = performance.now();
    const [right, wrong] = [await findEvidence(page.object, schema, lines, 1), await findEvidence(spoilt.object, schema, lines, 1)];
    report.ms += (performance.now() - started) / 2;
    const name = `page ${report.pages + 1}`;
    for (const [evidence, paths] of [
      [right, new Set<string>()],
      [wrong, spoilt.wrong],
    ] as const) {
      const score = scoreEvidence(page, evidence, paths, (fault) => tell(`${name}: ${fault}`));
      for (const key of Object.keys(score) as (keyof EvidenceScore)[]) report[key] += score[key];
    }
    report.pages += 1;
  }
  return report;
}

/** The trial of evidence: the figures, and whether they are what is promised. */
export async function runEvidencePart(part: EvidencePart, count: number, print: (line: string) => void): Promise<boolean> {
  const report = await tryEvidence(part, count, print).finally(closeLineReader);
  const share = (found: number, all: number): string => `${found} of ${all} (${((100 * found) / all).toFixed(1)} %)`;
  const { right, rightPlace, wrong, wrongExact, labelled } = report;
  print(`evidence, ${report.pages} pages ${part}: ${(report.ms / report.pages).toFixed(0)} ms a page beside the lines`);
  print(`  right values at their place ${share(rightPlace, right)}, with a label ${share(labelled, right)}`);
  print(`  wrong values called exact ${share(wrongExact, wrong)}`);
  return keepsPromise(report);
}

/** Right values with the right box >= 98 %, wrong values called exact <= 2 %. */
export function keepsPromise({ right, rightPlace, wrong, wrongExact }: EvidenceScore): boolean {
  return rightPlace >= 0.98 * right && wrongExact <= 0.02 * wrong;
}
