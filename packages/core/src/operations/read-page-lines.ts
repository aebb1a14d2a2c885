import type { DocumentFacts, PageLines, PageReading } from '@h2ovl/contract';
import { readLines } from '../lines/read-lines.ts';
import type { PageTask } from './each-page.ts';
import { clearMargin } from './pages/show-page.ts';
import { linesVerdict, verdictOf } from './verdicts/verdicts.ts';

/** A page as the line reader reads it, in the time that the page has. */
export async function readPageLines(
  { page, time }: PageTask,
  document: DocumentFacts,
  reason: string,
  signal: AbortSignal | undefined,
): Promise<PageReading> {
  const lines = await time.clock(() => readWithin(page, time.leftMs, signal));
  if (lines === undefined) {
    const verdict = verdictOf('timed-out', 'The time for the page was over before its lines were read.');
    return { page: page.number, document, text: '', source: 'lines', reason, verdict, warnings: [] };
  }
  const { rotation, rotationMargin, text, warnings } = lines;
  const isTurned = rotation !== 0 && rotationMargin >= clearMargin;
  return {
    page: page.number,
    document,
    text,
    source: 'lines',
    reason,
    verdict: linesVerdict(lines),
    warnings: [...warnings, ...(isTurned ? [`The page does not stand upright; turned by ${rotation} degrees clockwise it does.`] : [])],
    lines,
  };
}

/** Undefined when the time was over first: lines come all together. */
async function readWithin(page: PageTask['page'], leftMs: number, signal: AbortSignal | undefined): Promise<PageLines | undefined> {
  const late = AbortSignal.timeout(Math.min(Math.ceil(leftMs), longestTimerMs));
  try {
    return await readLines(page, { signal: signal === undefined ? late : AbortSignal.any([signal, late]) });
  } catch (error) {
    if (late.aborted && error === late.reason) return undefined;
    throw error;
  }
}

/** What Node's timers take. */
const longestTimerMs = 2 ** 31 - 1;
