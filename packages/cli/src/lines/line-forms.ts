import type { PageError, PageLines } from '@h2ovl/contract';
import { packageVersion } from '../package-version.ts';
import { writeHocr } from './write-hocr.ts';

/** How lines are written. */
export type LineForm = 'text' | 'json' | 'hocr' | 'pdf';

export const formEndings: Readonly<Record<LineForm, string>> = { text: '.txt', json: '.json', hocr: '.hocr', pdf: '.pdf' };

/** A page of a file, and what came of it. */
export interface DonePage {
  readonly number: number;
  readonly lines?: PageLines | undefined;
  readonly error?: PageError | undefined;
}

/** What a file of one form becomes as text. */
export function describeFile(form: Exclude<LineForm, 'pdf'>, file: string, pages: readonly DonePage[]): string {
  if (form === 'json') return `${JSON.stringify({ file, pages: pages.map(asJson) })}\n`;
  const read = pages.flatMap(({ number, lines }) => (lines === undefined ? [] : [{ number, lines }]));
  return form === 'hocr' ? writeHocr(file, read, packageVersion()) : `${read.map(({ lines }) => lines.text).join('\n\n')}\n`;
}

function asJson({ number, lines, error }: DonePage): object {
  if (lines === undefined) return { page: number, error };
  const { width, height, rotation, rotationMargin, hasText, unreadable, warnings } = lines;
  return { page: number, width, height, rotation, rotationMargin, hasText, unreadable, warnings, lines: lines.lines };
}
