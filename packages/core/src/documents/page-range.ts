import { VisionError } from '@h2ovl/contract';

/** Which pages: `"1-3,7,-1"` (negative numbers count from the end, an open end goes to the last page), or their numbers. */
export type PageRange = string | readonly number[];

const maxRangeCharacters = 10_000;

/**
 * The numbers that a range names in a document of `pageCount` pages, each once, in the order they are named. Undefined names all.
 * @throws VisionError INVALID_ARGUMENT (no range), PAGE_NOT_FOUND (a page beyond the document)
 */
export function listPages(range: PageRange | undefined, pageCount: number): readonly number[] {
  if (range === undefined) return Array.from({ length: pageCount }, (_, index) => index + 1);
  const spans = typeof range === 'string' ? readRange(range) : range.map((number): Span => ({ from: number, to: number }));
  const pages = new Set<number>();
  for (const span of spans) {
    const [from, to] = [resolve(span.from, pageCount), resolve(span.to, pageCount)];
    if (from > to) throw invalid(`${from}-${to} runs backwards`);
    for (let page = from; page <= to; page += 1) pages.add(page);
  }
  if (pages.size === 0) throw invalid('no page is named');
  return [...pages];
}

/** Whether a text has the form of a range; whether its pages exist, only a document tells. @throws VisionError INVALID_ARGUMENT */
export function checkPageRange(range: string): void {
  readRange(range);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function readRange(range: string): readonly Span[] {
  if (range.length > maxRangeCharacters) throw invalid(`it has ${range.length} characters`);
  return range.split(',').map((part) => {
    const match = /^\s*(-?\d{1,9})(?:\s*(-)\s*(-?\d{1,9})?)?\s*$/.exec(part);
    if (match === null) throw invalid(`${JSON.stringify(part.trim())} is neither a page nor a span of pages`);
    const from = Number(match[1]);
    return { from, to: match[2] === undefined ? from : match[3] === undefined ? -1 : Number(match[3]) };
  });
}

function resolve(number: number, pageCount: number): number {
  const page = number < 0 ? pageCount + 1 + number : number;
  if (Number.isSafeInteger(number) && number !== 0 && page >= 1 && page <= pageCount) return page;
  const has = pageCount === 1 ? 'one page' : `${pageCount} pages`;
  throw new VisionError('PAGE_NOT_FOUND', `The document has ${has}; there is no page ${number}.`, {
    hint: `Pages count from 1 to ${pageCount}, or from -1 backwards.`,
    param: 'pages',
  });
}

function invalid(why: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `The range of pages cannot be used: ${why}.`, {
    hint: 'Write it like 1-3,7,-1: single pages and spans; -1 is the last page.',
    param: 'pages',
  });
}
