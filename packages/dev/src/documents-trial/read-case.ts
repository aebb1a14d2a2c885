import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PagePixels, type TextLayer, VisionError } from '@h2ovl/contract';
import type { OpenDocument } from '@h2ovl/core/internal/documents/document-pages';
import { openDocument } from '@h2ovl/core/internal/documents/open-document';
import type { CorpusCase } from './corpus-case.ts';

/** How a case went. */
export interface CaseOutcome {
  readonly name: string;
  /** Pages the document says it has; undefined when it was refused. */
  readonly pages: number | undefined;
  /** For each page that was looked at, `ok` or the code of its error; for a refused document its code alone. */
  readonly results: readonly string[];
  readonly ms: number;
  /** Why this is not what was expected. */
  readonly fault: string | undefined;
}

/** Of documents with more pages, some are looked at: first, last and those between at equal distances. */
const pagesLookedAt = 12;

/** Milliseconds that a page of a file that is made to harm may take here; what draws for ever is to be seen to end. Others have their usual time. */
const hostileTimeoutMs = 5_000;

/** Reads a case as a user would: from a file of that name. Never rejects. */
export async function readCase(folder: string, corpusCase: CorpusCase): Promise<CaseOutcome> {
  const path = join(folder, corpusCase.file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, corpusCase.bytes);
  const started = performance.now();
  const outcome = await readPages(path, corpusCase).catch((error: unknown) => ({ pages: undefined, results: [codeOf(error)] }));
  return { name: corpusCase.name, ...outcome, ms: Math.round(performance.now() - started), fault: findFault(corpusCase, outcome) };
}

type Read = Pick<CaseOutcome, 'pages' | 'results'>;

async function readPages(path: string, corpusCase: CorpusCase): Promise<Read> {
  const document = await openDocument(path, {
    password: 'secret',
    ...(corpusCase.expected === 'any' && { pageTimeoutMs: hostileTimeoutMs }),
  });
  try {
    const results: string[] = [];
    for (const number of choosePages(document.pageCount)) results.push(await readPage(document, number, corpusCase));
    return { pages: document.pageCount, results };
  } finally {
    await document.close();
  }
}

function choosePages(count: number): readonly number[] {
  const looked = Math.min(count, pagesLookedAt);
  const pages = Array.from({ length: looked }, (_, index) => 1 + Math.round((index * (count - 1)) / Math.max(1, looked - 1)));
  return [...new Set(pages)];
}

async function readPage(document: OpenDocument, number: number, { marks }: CorpusCase): Promise<string> {
  try {
    const page = await document.page(number);
    const pixels = await page.render();
    const layer = await page.textLayer();
    if (pixels.data.length !== pixels.width * pixels.height * 3) return 'pixels are missing';
    return findMarks(pixels, layer, marks) ? 'ok' : `no ${marks}`;
  } catch (error) {
    return codeOf(error);
  }
}

function findMarks(pixels: PagePixels, layer: TextLayer | undefined, marks: CorpusCase['marks']): boolean {
  if (marks === 'none') return true;
  if (marks === 'text') return layer?.health === 'healthy' && layer.text.includes('Total 90.34 EUR');
  if (marks === 'ink') return pixels.data.some((value) => value < 128);
  // The bar of the drawing: dark inside, light below it.
  return at(pixels, 0.35, 0.125) < 100 && at(pixels, 0.35, 0.3) > 155;
}

function at({ width, height, data }: PagePixels, x: number, y: number): number {
  return data[(Math.floor(y * height) * width + Math.floor(x * width)) * 3 + 1] as number;
}

/** The code of an error of ours; anything else is a crash. */
function codeOf(error: unknown): string {
  return VisionError.isInstance(error) ? error.code : `crash: ${error instanceof Error ? error.message : String(error)}`;
}

function findFault({ expected }: CorpusCase, { pages, results }: Read): string | undefined {
  const crash = results.find((result) => result.startsWith('crash') || result === 'pixels are missing');
  if (crash !== undefined) return crash;
  if (expected === 'any') return undefined;
  if ('code' in expected) return results.every((result) => expected.code.test(result)) ? undefined : `expected ${expected.code}`;
  if (pages !== expected.pages) return `expected ${expected.pages} pages`;
  const wrong = results.find((result) => result !== 'ok');
  return wrong === undefined ? undefined : `a page: ${wrong}`;
}
