import type { DocumentFacts, PageReading } from '@h2ovl/contract';
import { readLines } from '../lines/read-lines.ts';
import type { PageTask } from './each-page.ts';
import { clearMargin } from './pages/show-page.ts';
import { linesVerdict } from './verdicts/verdicts.ts';

/** A page as the line reader reads it. */
export async function readPageLines(
  { page }: PageTask,
  document: DocumentFacts,
  reason: string,
  signal: AbortSignal | undefined,
): Promise<PageReading> {
  const lines = await readLines(page, { signal });
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
