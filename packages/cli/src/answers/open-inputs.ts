import { File } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { onAbort, VisionError } from '@h2ovl/contract';
import type { ImageInput } from '@h2ovl/core';
import type { World } from '../world.ts';

/** An image that was named on the command line. */
export type NamedInput =
  | { readonly file: string; readonly image: ImageInput; readonly error?: never }
  /** It cannot be read, as is known before any model is opened. */
  | { readonly file: string; readonly error: VisionError; readonly image?: never };

/** One more byte than the library reads: it then refuses with its own words, and an endless pipe does not fill the memory. */
const maxPipeBytes = 200_000_001;

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
      const image = isStandardInput(file)
        ? await readStdin(world, signal)
        : await openPath(file, { h2ovl: world.h2ovl, allowUrls, signal });
      inputs.push({ file, image });
    } catch (error) {
      if (!VisionError.isInstance(error)) throw error;
      inputs.push({ file, error });
    }
  }
  return inputs;
}

/** Whether a name stands for standard input. */
export function isStandardInput(file: string): boolean {
  return file === '-' || file === '/dev/stdin' || file === '/dev/fd/0' || file === '/proc/self/fd/0';
}

interface PathOptions {
  readonly h2ovl: string;
  readonly allowUrls: boolean;
  readonly signal: AbortSignal;
}

async function openPath(file: string, { h2ovl, allowUrls, signal }: PathOptions): Promise<ImageInput> {
  if (allowUrls && /^https:/i.test(file)) return file; // the library fetches it, under its own rules
  if (/^https?:/i.test(file)) {
    throw new VisionError('INVALID_ARGUMENT', `${file} is an address, and h2ovl opens no connections unless it is told to.`, {
      hint: `Add --allow-urls (https only), or pipe it: curl -s ADDRESS | ${h2ovl} read -`,
    });
  }
  if (/^(data|file):/i.test(file)) return file; // the library reads these itself
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code !== 'ENOENT' && found.code !== 'ENOTDIR') return file; // the library says what is wrong with it
    throw new VisionError('IMAGE_NOT_FOUND', `${file} does not exist.`, { hint: 'Check the path and the current folder.', cause: found });
  }
  // What a shell puts in place of <(...), and named pipes: they can be read once, from front to back.
  return found.isFIFO() ? new File(await readChunks(createReadStream(file), { name: file, signal }), file) : file;
}

async function readStdin({ stdin, h2ovl }: Pick<World, 'stdin' | 'h2ovl'>, signal: AbortSignal): Promise<ImageInput> {
  if (stdin.isTTY === true) {
    throw new VisionError('INVALID_ARGUMENT', 'Standard input is a terminal, not an image.', {
      hint: `Pipe an image into it: ${h2ovl} read - < page.png`,
    });
  }
  // A File carries its name into messages.
  return new File(await readChunks(stdin, { name: 'Standard input', signal }), 'standard input');
}

async function readChunks(
  stream: Readable,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<Uint8Array[]> {
  const unfollow = onAbort(signal, () => stream.destroy(signal.reason as Error)); // ends the wait for a writer that does not come
  try {
    const chunks: Uint8Array[] = [];
    let byteCount = 0;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      byteCount += chunk.byteLength;
      if (byteCount >= maxPipeBytes) break;
    }
    return chunks;
  } catch (cause) {
    signal.throwIfAborted();
    throw new VisionError('IMAGE_UNREADABLE', `${name} cannot be read: ${(cause as Error).message}.`, {
      hint: 'Check the command that writes to it.',
      cause,
    });
  } finally {
    unfollow();
  }
}
