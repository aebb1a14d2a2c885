import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { maxImageFileBytes, VisionError } from '@h2ovl/contract';

/** The bytes of an image file. `source` is a path or a `file:` URL. Throws VisionError IMAGE_NOT_FOUND, IMAGE_TOO_LARGE or INVALID_ARGUMENT, or the signal's reason. */
export async function readImageFile(source: string | URL, signal: AbortSignal): Promise<Uint8Array> {
  const path = toPath(source);
  try {
    const { size } = await checkFile(path);
    if (size > maxImageFileBytes) {
      throw new VisionError('IMAGE_TOO_LARGE', `${path} has ${size} bytes; an image file may have ${maxImageFileBytes}.`, {
        hint: 'Scale the image down, or save it as JPEG.',
      });
    }
    return await readFile(path, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (VisionError.isInstance(error)) throw error;
    const reason = (error as { readonly code?: unknown }).code ?? String(error); // system errors carry a code
    throw new VisionError('IMAGE_NOT_FOUND', `${path} cannot be read (${String(reason)}).`, {
      cause: error,
      hint: 'Check the path; it counts from the working directory of this process.',
    });
  }
}

// Opening a pipe or a device would wait for ever, so the kind is looked at first.
async function checkFile(path: string): Promise<{ readonly size: number }> {
  const info = await stat(path);
  if (info.isFile()) return info;
  throw new VisionError('IMAGE_NOT_FOUND', `${path} is ${info.isDirectory() ? 'a directory' : 'no regular file'}.`, {
    hint: 'Name an image file, one per image.',
  });
}

function toPath(source: string | URL): string {
  if (typeof source === 'string' && !/^file:/i.test(source)) return source;
  try {
    return fileURLToPath(source);
  } catch (error) {
    throw new VisionError('INVALID_ARGUMENT', `${String(source)} names no file on this machine.`, {
      cause: error,
      hint: 'Write it as file:///folder/page.png.',
    });
  }
}
