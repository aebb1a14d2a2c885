import { type RotateChoice, VisionError } from '@h2ovl/contract';
import { checkPageRange, type PageRange } from '@h2ovl/core';
import { type Command as Commander, InvalidArgumentError } from 'commander';
import { UsageError } from '../usage-error.ts';
import { countOf, decimal, wholeNumber } from './numbers.ts';

/** Which documents and which of their pages; undefined where the default holds. */
export interface DocumentFlags {
  readonly pages: PageRange | undefined;
  readonly dpi: number | undefined;
  /** Degrees clockwise by which pages are turned for the model. */
  readonly rotate: RotateChoice | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
  /** Folders are searched with all folders below them. */
  readonly recursive: boolean;
  /** A folder that gets a file for each document. */
  readonly out: string | undefined;
  readonly overwrite: boolean;
  readonly maxPages: number | undefined;
  /** Bytes of a file. */
  readonly maxBytes: number | undefined;
  /** Pixels of a page, width times height. */
  readonly maxPixels: number | undefined;
  /** Bytes. */
  readonly maxMemory: number | undefined;
  /** Seconds. */
  readonly pageTimeout: number | undefined;
  /** Seconds. */
  readonly documentTimeout: number | undefined;
  /** Seconds of all work on a page. */
  readonly pageBudget: number | undefined;
  /** Seconds of all work on a document. */
  readonly documentBudget: number | undefined;
}

/** The same as commander hands them over. */
export type RawDocumentFlags = { readonly [K in keyof DocumentFlags]?: NonNullable<DocumentFlags[K]> };

/** Everything that documents and their pages may be told where a model reads them. */
export function addDocumentFlags(command: Commander): Commander {
  return addOpenFlags(command)
    .option(
      '--rotate <degrees>',
      'turn pages clockwise for the model: 0, 90, 180, 270; auto: as the line reader says (default: auto)',
      rotation,
    )
    .option('--page-budget <seconds>', 'time for all work on one page; what was read by then is printed (default: 600)', seconds)
    .option('--document-budget <seconds>', 'time for all pages of a document; those behind are skipped', seconds);
}

/** Which documents are opened, how, and where results go. */
export function addOpenFlags(command: Commander): Commander {
  return command
    .option('--pages <range>', 'pages to read, as in 1-3,7,-1; -1 is the last (default: all)', pageRange)
    .option('--recursive', 'search folders with all folders below them')
    .option('--out <folder>', 'write a file for each document into this folder, in the folders that the documents are in')
    .option('--overwrite', 'with --out: replace files that are there')
    .option('--dpi <number>', 'resolution at which PDF pages are drawn (default: 200, a scan with its own pixels)', resolution)
    .option('--password-file <file>', 'file that holds the password of encrypted PDFs (or H2OVL_PASSWORD)')
    .option('--password <text>', 'the password itself; other users of this machine can see it')
    .option('--max-pages <count>', 'refuse to read more pages of one document (default: 10000)', wholeNumber)
    .option('--max-bytes <count>', 'refuse larger files (default: 500000000)', byteCount)
    .option('--max-pixels <count>', 'refuse pages with more pixels, width times height (default: 200000000)', pixelCount)
    .option('--max-memory <bytes>', 'memory for decoding a PDF, HEIC or TIFF (default: 2000000000)', byteCount)
    .option('--page-timeout <seconds>', 'time for decoding one page (default: 30)', seconds)
    .option('--document-timeout <seconds>', 'time for decoding all pages of a document (default: 1800)', seconds);
}

/** @throws UsageError where a flag is without effect */
export function documentFlags(flags: RawDocumentFlags): DocumentFlags {
  const { pages, dpi, rotate, password, passwordFile, recursive = false, out, overwrite = false } = flags;
  if (overwrite && out === undefined) throw new UsageError('--overwrite replaces files of a folder: add --out FOLDER.');
  const { maxPages, maxBytes, maxPixels, maxMemory, pageTimeout, documentTimeout, pageBudget, documentBudget } = flags;
  return {
    pages,
    dpi,
    rotate,
    password,
    passwordFile,
    recursive,
    out,
    overwrite,
    maxPages,
    maxBytes,
    maxPixels,
    maxMemory,
    pageTimeout,
    documentTimeout,
    pageBudget,
    documentBudget,
  };
}

function pageRange(value: string): string {
  try {
    checkPageRange(value);
    return value;
  } catch (error) {
    if (!VisionError.isInstance(error)) throw error;
    throw new InvalidArgumentError(`${error.message} ${error.hint ?? ''}`);
  }
}

function rotation(value: string): RotateChoice {
  const found = (['auto', 0, 90, 180, 270] as const).find((known) => String(known) === value);
  if (found !== undefined) return found;
  throw new InvalidArgumentError('It must be auto, 0, 90, 180 or 270.');
}

function resolution(value: string): number {
  const number = decimal(2400, { isZeroAllowed: false })(value);
  if (number >= 10) return number;
  throw new InvalidArgumentError('It must be a number from 10 to 2400.');
}

const seconds = decimal(1_000_000, { isZeroAllowed: false });

const byteCount = countOf('bytes');
const pixelCount = countOf('pixels');
