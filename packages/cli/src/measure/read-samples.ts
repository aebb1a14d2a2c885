import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLfsPointer, lfsPointerHint, VisionError } from '@h2ovl/contract';
import { z } from 'zod';

/** A page of an eval folder and what should come out. */
export interface Sample {
  /** Path inside the folder. */
  readonly file: string;
  /** Undefined: the page is read. */
  readonly question?: string | undefined;
  readonly answer: string;
}

const indexSchema: z.ZodType<readonly Sample[]> = z
  .array(z.object({ file: z.string().min(1), question: z.string().min(1).optional(), answer: z.string() }))
  .min(1);

/** Reads `index.json` of an eval folder; further keys are ignored. @throws VisionError INVALID_ARGUMENT */
export async function readSamples(folder: string): Promise<readonly Sample[]> {
  const file = join(folder, 'index.json');
  const hint = 'It is a list like [{ "file": "page.png", "question": "What is the total?", "answer": "12.50" }]; question may be left out.';
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    const what = code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read (${code})`;
    throw new VisionError('INVALID_ARGUMENT', `${file} ${what}.`, { hint: `Pass a folder with images and an index.json. ${hint}`, cause });
  }
  if (isLfsPointer(text)) {
    throw new VisionError('INVALID_ARGUMENT', `${file} is a pointer of Git LFS, not the file itself.`, { hint: lfsPointerHint });
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')); // some editors begin with a byte order mark
  } catch (cause) {
    // The parser's own sentence quotes the text, which is that of documents.
    const place = / at (position \d+)/.exec((cause as Error).message)?.[1];
    throw new VisionError('INVALID_ARGUMENT', `${file} is not JSON${place === undefined ? '' : `; the fault is at ${place}`}.`, {
      hint,
      cause,
    });
  }
  const parsed = indexSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new VisionError('INVALID_ARGUMENT', `${file}: ${issue?.path.join('.') || 'the list'}: ${issue?.message}.`, { hint });
}
