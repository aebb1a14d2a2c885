import { type Page, type PageReading, type PageSupport, supportWarnsBelow } from '@h2ovl/contract';
import type { PageLook } from '../verdicts/look-at-page.ts';
import { lookBeside } from './look-beside.ts';
import { supportReading } from './support-reading.ts';

/** Share of the page's lines that may be missing from a reading without a warning: headers and footers are left out at times. */
const missingWarnsAbove = 0.5;

/**
 * A reading of the model with what the page's lines say to it; as it is, where the line reader cannot look.
 * @param look what it saw already
 * @throws the signal's reason when aborted
 */
export async function supportPage(
  reading: PageReading,
  page: Page,
  look: PageLook | undefined,
  signal: AbortSignal | undefined,
): Promise<PageReading> {
  const { lines } = look ?? (await lookBeside(page, signal));
  if (lines === undefined) return reading;
  const support = await supportReading(reading.text, lines, signal);
  return { ...reading, support, warnings: [...reading.warnings, ...supportWarnings(support, lines.lines.length)] };
}

/** What is worth telling of a comparison. */
export function supportWarnings({ share, unseen, missing }: PageSupport, lineCount: number): readonly string[] {
  const warnings: string[] = [];
  if (share !== undefined && share < supportWarnsBelow) {
    const count = unseen.length;
    warnings.push(
      `The line reader sees ${Math.round(share * 100)} % of what was read; ${count} ${count === 1 ? 'line' : 'lines'} may be invented or misread.`,
    );
  }
  if (missing.length > missingWarnsAbove * lineCount) {
    warnings.push(`${missing.length} of the ${lineCount} lines on the page are missing from the reading.`);
  }
  return warnings;
}
