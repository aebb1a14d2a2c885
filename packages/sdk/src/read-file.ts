import { maxImageFileBytes, shortenName, VisionError } from '@h2ovl/contract';

type FileSystem = typeof import('node:fs/promises');
type Addresses = typeof import('node:url');

const passHint = 'Pass the path of a file, or its bytes.';

/** The bytes of an image file, or of a document. `source` is a path or a `file:` URL. Throws VisionError IMAGE_NOT_FOUND, IMAGE_UNREADABLE (no regular file), IMAGE_TOO_LARGE or INVALID_ARGUMENT, or the signal's reason. */
export async function readFile(source: string | URL, what: 'image' | 'document', signal: AbortSignal): Promise<Uint8Array> {
  const { files, addresses } = loadNode(what);
  const path = toPath(source, addresses);
  if (path === '') throw new VisionError('INVALID_ARGUMENT', `The path of the ${what} is empty.`, { hint: passHint });
  const name = shortenName(path);
  try {
    const { size } = await checkFile(path, name, files);
    if (size > maxImageFileBytes) {
      throw new VisionError('IMAGE_TOO_LARGE', `${name} has ${size} bytes; a file may have ${maxImageFileBytes}.`, {
        hint: what === 'image' ? 'Scale the image down, or save it as JPEG.' : 'Split it, or read it where the server runs.',
      });
    }
    return await files.readFile(path, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (VisionError.isInstance(error)) throw error;
    const reason = (error as { readonly code?: unknown }).code ?? error; // system errors carry a code
    throw new VisionError('IMAGE_NOT_FOUND', `${name} cannot be read (${String(reason)}).`, {
      cause: error,
      hint: 'Check the path; it counts from the working directory.',
    });
  }
}

/** Node's modules, asked for at run time: an import, even one that never runs, stops a bundler that builds for browsers. */
function loadNode(what: 'image' | 'document'): { readonly files: FileSystem; readonly addresses: Addresses } {
  const load = (globalThis.process as Partial<NodeJS.Process> | undefined)?.getBuiltinModule;
  if (load === undefined) {
    throw new VisionError('INVALID_ARGUMENT', `The ${what} is a path, and there are no files here.`, {
      hint: 'Pass bytes, a Blob (such as a File of an input), or a data: or https: URL.',
    });
  }
  return { files: load('node:fs/promises'), addresses: load('node:url') };
}

// Opening a pipe or a device would wait for ever, so the kind is looked at first.
async function checkFile(path: string, name: string, files: FileSystem): Promise<{ readonly size: number }> {
  const info = await files.stat(path);
  if (info.isFile()) return info;
  throw new VisionError('IMAGE_UNREADABLE', `${name} is ${info.isDirectory() ? 'a folder' : 'no regular file'}.`, {
    hint: info.isDirectory() ? 'Pass the files in it one by one.' : passHint,
  });
}

function toPath(source: string | URL, { fileURLToPath }: Addresses): string {
  if (typeof source === 'string' && !/^file:/i.test(source)) return source;
  try {
    return fileURLToPath(source);
  } catch (error) {
    throw new VisionError('INVALID_ARGUMENT', `${shortenName(String(source))} names no file on this machine.`, {
      cause: error,
      hint: 'Write it as file:///folder/page.png.',
    });
  }
}
