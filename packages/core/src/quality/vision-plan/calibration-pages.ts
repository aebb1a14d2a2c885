import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { z } from 'zod';
import { hashFile } from '../../store/hash-file.ts';
import { ownRequire } from '../../store/own-files.ts';
import { parseJson } from '../../store/parse-json.ts';

/** Pages that a plan is measured on. */
export interface CalibrationPages {
  /** Paths of images: what stands on them decides the form of each matrix. */
  readonly choose: readonly string[];
  /** Pages whose text is known; none of them is among the others. */
  readonly judge: readonly JudgedPage[];
  /** Digest of all of them. */
  readonly digest: string;
  readonly origin: 'built-in' | 'own';
}

export interface JudgedPage {
  readonly file: string;
  readonly text: string;
}

/** Of `calibration/index.json`, which names every page with its own hash: the pages are these and no others. */
const indexSha256 = '8f61b3fbf53508153b3fbf88a5ced300e587849852850287fdd7a598eb5b952b';

/** More pages tell little more and take a tile's time each. */
const maxOwnPages = 12;

const indexSchema = z.array(z.object({ file: z.string(), use: z.enum(['choose', 'judge']), sha256: z.string(), text: z.string() }));

/**
 * The pages that come with this package, each compared with its hash. With a folder of one's own, its images choose the forms, and the package's pages judge.
 * @throws VisionError INVALID_ARGUMENT (no images in the folder), MODEL_FILE_CORRUPT (pages that were changed), MODEL_NOT_FOUND (pages that are missing)
 */
export async function findCalibrationPages(ownFolder?: string): Promise<CalibrationPages> {
  const { folder, pages, index } = await readIndex();
  const of = (use: 'choose' | 'judge') =>
    pages.filter((page) => page.use === use).map(({ file, text }) => ({ file: join(folder, file), text }));
  const judge = of('judge');
  const digest = createHash('sha256').update(index);
  if (ownFolder === undefined) {
    return { choose: of('choose').map(({ file }) => file), judge, digest: digest.digest('hex'), origin: 'built-in' };
  }
  const choose = await listImages(ownFolder);
  for (const file of choose) {
    const sha256OfPage = await hashFile(file, 'sha256').catch((cause: NodeJS.ErrnoException) => {
      throw unreadable(file, cause);
    });
    digest.update(sha256OfPage);
  }
  return { choose, judge, digest: digest.digest('hex'), origin: 'own' };
}

async function readIndex(): Promise<{ readonly folder: string; readonly pages: z.infer<typeof indexSchema>; readonly index: Buffer }> {
  const folder = findFolder();
  const file = join(folder, 'index.json');
  const index = await readFile(file).catch((cause: unknown) => {
    throw missing(file, cause);
  });
  if (sha256(index) !== indexSha256) throw changed(file);
  const pages = indexSchema.parse(parseJson(index.toString('utf8')));
  for (const page of pages) {
    const path = join(folder, page.file);
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw missing(path, cause);
    });
    if (sha256(bytes) !== page.sha256) throw changed(path);
  }
  return { folder, pages, index };
}

function findFolder(): string {
  try {
    return join(dirname(ownRequire.resolve('@h2ovl/core/package.json')), 'calibration');
  } catch (cause) {
    throw missing('the folder calibration of @h2ovl/core', cause);
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function missing(what: string, cause: unknown): VisionError {
  return new VisionError('MODEL_NOT_FOUND', `${what} is missing: pages to measure the vision part on come with @h2ovl/core.`, {
    hint: 'Install @h2ovl/core as a package of its own; a bundle does not hold its pages. Without them the vision part stays in float32.',
    cause,
  });
}

function changed(file: string): VisionError {
  return new VisionError('MODEL_FILE_CORRUPT', `${file} is not the file that came with @h2ovl/core.`, {
    hint: 'Install @h2ovl/core again.',
  });
}

const unreadable = (path: string, cause: NodeJS.ErrnoException): VisionError =>
  new VisionError('INVALID_ARGUMENT', `${path} cannot be read (${cause.code}).`, {
    hint: 'Name a folder with images of your pages.',
    param: 'pages',
    cause,
  });

async function listImages(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(folder, cause);
  });
  const images: string[] = [];
  for (const name of names.filter((one) => /\.(png|jpe?g|webp|tiff?)$/i.test(one)).sort()) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile()) images.push(path); // not a folder of that name, and no link to nowhere
  }
  // Of many, some from all of the folder: names that stand together are often of one kind.
  const count = Math.min(images.length, maxOwnPages);
  if (count > 0) return Array.from({ length: count }, (_, i) => images[Math.floor((i * images.length) / count)] as string);
  throw new VisionError('INVALID_ARGUMENT', `${folder} holds no images (PNG, JPEG, WebP, TIFF).`, {
    hint: 'Name a folder with images of your pages.',
    param: 'pages',
  });
}
