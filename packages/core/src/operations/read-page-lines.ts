import { clearRotationMargin, type DocumentFacts, type PageLines, type PageReading, startDeadline, TimeoutError } from '@h2ovl/contract';
import { readLines } from '../lines/read-lines.ts';
import type { PageTask } from './each-page.ts';
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
  const isTurned = rotation !== 0 && rotationMargin >= clearRotationMargin;
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
  const late = new TimeoutError('The time for the page was over.');
  const deadline = startDeadline(leftMs, [signal], () => late);
  try {
    return await readLines(page, { signal: deadline.signal });
  } catch (error) {
    if (error === late) return undefined;
    throw error;
  } finally {
    deadline.release();
  }
}
