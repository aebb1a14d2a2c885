import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listHostileCases } from './hostile-cases.ts';
import { type Memory, MemoryWatch } from './memory-watch.ts';
import { type CaseOutcome, readCase } from './read-case.ts';
import { listValidCases } from './valid-cases.ts';

export interface CorpusReport {
  readonly outcomes: readonly CaseOutcome[];
  readonly peak: Memory;
}

/** Reads every file of the corpus, one after the other. `isFull` takes the large ones, too. */
export async function runCorpus({
  isFull,
  onCase,
}: {
  readonly isFull: boolean;
  readonly onCase: (outcome: CaseOutcome) => void;
}): Promise<CorpusReport> {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-corpus-'));
  const watch = new MemoryWatch();
  const outcomes: CaseOutcome[] = [];
  try {
    for (const corpusCase of [...(await listValidCases(isFull)), ...(await listHostileCases(isFull))]) {
      const outcome = await readCase(folder, corpusCase);
      outcomes.push(outcome);
      onCase(outcome);
    }
    return { outcomes, peak: watch.peak };
  } finally {
    watch.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
