import { File } from 'node:buffer';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { VisionError } from '@h2ovl/contract';
import type { ImageInput } from '@h2ovl/core';
import type { World } from '../world.ts';

/** An image that was named on the command line. */
export type NamedInput =
  | { readonly file: string; readonly image: ImageInput; readonly error?: never }
  /** It cannot be read, as is known before any model is opened. */
  | { readonly file: string; readonly error: VisionError; readonly image?: never };

/** One more byte than the library reads: it then refuses with its own words, and an endless pipe does not fill the memory. */
const maxStdinBytes = 200_000_001;

/**
 * Finds the images that arguments name. What is plainly not there is found out here, because opening a model for nothing can take minutes.
 * Rejects only with the reason of the signal.
 */
export async function openInputs(
  files: readonly string[],
  world: Pick<World, 'stdin' | 'h2ovl'>,
  { signal, allowUrls }: { readonly signal: AbortSignal; readonly allowUrls: boolean },
): Promise<readonly NamedInput[]> {
  const inputs: NamedInput[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    try {
      inputs.push({
        file,
        image: file === '-' ? await readStdin(world, signal) : await checkPath(file, { h2ovl: world.h2ovl, allowUrls }),
      });
    } catch (error) {
      if (!VisionError.isInstance(error)) throw error;
      inputs.push({ file, error });
    }
  }
  return inputs;
}

async function checkPath(file: string, { h2ovl, allowUrls }: { readonly h2ovl: string; readonly allowUrls: boolean }): Promise<string> {
  if (allowUrls && /^https:/i.test(file)) return file; // the library fetches it, under its own rules
  if (/^https?:/i.test(file)) {
    throw new VisionError('INVALID_ARGUMENT', `${file} is an address, and h2ovl opens no connections unless it is told to.`, {
      hint: `Add --allow-urls (https only), or pipe it: curl -s ADDRESS | ${h2ovl} read -`,
    });
  }
  if (/^(data|file):/i.test(file)) return file; // the library reads these itself
  const problem = await stat(file).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  if (problem?.code === 'ENOENT' || problem?.code === 'ENOTDIR') {
    throw new VisionError('IMAGE_NOT_FOUND', `${file} does not exist.`, { hint: 'Check the path and the current folder.', cause: problem });
  }
  return file;
}

async function readStdin({ stdin, h2ovl }: Pick<World, 'stdin' | 'h2ovl'>, signal: AbortSignal): Promise<ImageInput> {
  if (stdin.isTTY === true) {
    throw new VisionError('INVALID_ARGUMENT', 'Standard input is a terminal, not an image.', {
      hint: `Pipe an image into it: ${h2ovl} read - < page.png`,
    });
  }
  // A File carries its name into messages.
  return new File(await readChunks(stdin, signal), 'standard input');
}

async function readChunks(stdin: Readable, signal: AbortSignal): Promise<Uint8Array[]> {
  const onAbort = (): void => void stdin.destroy(signal.reason as Error); // ends the wait for a writer that does not come
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let byteCount = 0;
    for await (const chunk of stdin as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      byteCount += chunk.byteLength;
      if (byteCount >= maxStdinBytes) break;
    }
    return chunks;
  } catch (cause) {
    signal.throwIfAborted();
    throw new VisionError('IMAGE_UNREADABLE', `Standard input cannot be read: ${(cause as Error).message}.`, {
      hint: 'Check the command that writes to it.',
      cause,
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
