import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CheckpointError, describeSystemError, VisionError } from '@h2ovl/contract';
import { z } from 'zod';
import { ownRequire } from '../store/own-files.ts';
import { parseJson } from '../store/parse-json.ts';
import { type Alphabet, readAlphabet } from './alphabet.ts';

/** A file of the line reader: in the package that describes it, or in one that it depends on. */
interface Part {
  /** An export of a package, whose folder holds the file. */
  readonly package?: string | undefined;
  /** Path below that folder. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Which files make up the line reader, and how its recogniser is to be taken. */
export interface ReaderDescription {
  readonly detector: Part & { readonly name: string };
  readonly recogniser: Part & Pick<Alphabet, 'columnPx'> & { readonly name: string; readonly lostSpaceFrom?: number | undefined };
  /** A smaller recogniser with the same answer: lines that it is sure of need not be read by the other one. */
  readonly quickRecogniser?: (Part & { readonly name: string }) | undefined;
  readonly dictionary: Part;
}

const partShape = {
  package: z.string().min(1).optional(),
  file: z.string().min(1),
  size: z.int().positive().max(200_000_000),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
};

const descriptionSchema: z.ZodType<ReaderDescription> = z.object({
  format: z.literal('h2ovl-lines'),
  version: z.literal(1),
  detector: z.object({ ...partShape, name: z.string() }),
  recogniser: z.object({
    ...partShape,
    name: z.string(),
    columnPx: z.int().min(1).max(8),
    lostSpaceFrom: z.number().positive().optional(),
  }),
  quickRecogniser: z.object({ ...partShape, name: z.string() }).optional(),
  dictionary: z.object(partShape),
});

/** The parts of the line reader, checked. */
export interface ReaderFiles {
  readonly detector: Uint8Array;
  readonly recogniser: Uint8Array;
  readonly quickRecogniser?: Uint8Array | undefined;
  readonly alphabet: Alphabet;
}

/** The description that the installed package holds. @throws VisionError MODEL_NOT_FOUND */
export function findDescription(): string {
  try {
    return ownRequire.resolve('@h2ovl/lines/index.json');
  } catch (cause) {
    throw new VisionError('MODEL_NOT_FOUND', 'The package @h2ovl/lines, which holds the line reader, is not installed.', {
      hint: 'Install it: npm install @h2ovl/lines',
      cause,
    });
  }
}

/** @throws VisionError MODEL_NOT_FOUND; CheckpointError MODEL_FILE_CORRUPT naming the file */
export async function readDescription(path: string): Promise<ReaderDescription> {
  const parsed = descriptionSchema.safeParse(parseJson(await readPart(path)));
  if (parsed.success) return parsed.data;
  throw corrupt(path, `it is not the description of a line reader: ${z.prettifyError(parsed.error)}`);
}

/**
 * Reads the files that a description names, each held to its size and SHA-256: what is opened is what was read here.
 * @throws VisionError MODEL_NOT_FOUND; CheckpointError MODEL_FILE_CORRUPT naming the file; the signal's reason when aborted
 */
export async function openReaderFiles(path: string, signal?: AbortSignal): Promise<ReaderFiles> {
  const { detector, recogniser, quickRecogniser, dictionary } = await readDescription(path);
  const read = (part: Part): Promise<Uint8Array> => readChecked(findPart(path, part), part, signal);
  const { columnPx, lostSpaceFrom } = recogniser;
  const text = new TextDecoder().decode(await read(dictionary));
  return {
    detector: await read(detector),
    recogniser: await read(recogniser),
    quickRecogniser: quickRecogniser && (await read(quickRecogniser)),
    alphabet: readAlphabet(text, { columnPx, lostSpaceFrom }),
  };
}

function findPart(description: string, { package: source, file }: Part): string {
  if (source === undefined) return join(dirname(description), file);
  try {
    return join(dirname(createRequire(pathToFileURL(description)).resolve(source)), file);
  } catch (cause) {
    throw new VisionError('MODEL_NOT_FOUND', `The line reader needs ${file} of the package ${source}, which is not installed.`, {
      hint: 'Install @h2ovl/lines again, with its dependencies.',
      cause,
    });
  }
}

async function readPart(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw missing(path, cause);
  }
}

/** Bytes hashed between two turns of the event loop. */
const sliceBytes = 2 * 1024 * 1024;

async function readChecked(path: string, { size, sha256 }: Part, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw missing(path, cause);
  }
  if (bytes.length !== size) throw corrupt(path, `it has ${bytes.length} bytes instead of ${size}`);
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += sliceBytes) {
    hash.update(bytes.subarray(from, from + sliceBytes));
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
  const actual = hash.digest('hex');
  if (actual !== sha256) throw corrupt(path, `its SHA-256 is ${actual} instead of ${sha256}`);
  return bytes;
}

function missing(path: string, cause: unknown): VisionError {
  return new VisionError('MODEL_NOT_FOUND', `The line reader's file ${path} cannot be read: ${describeSystemError(cause)}.`, {
    hint: 'Install @h2ovl/lines again, with its dependencies.',
    cause,
  });
}

function corrupt(path: string, what: string): CheckpointError {
  return new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `${path} is not the file that the line reader was published with: ${what}.`,
    { file: path },
    { hint: 'Install @h2ovl/lines again, with its dependencies.' },
  );
}
