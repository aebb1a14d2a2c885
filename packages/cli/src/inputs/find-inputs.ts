import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type { World } from '../world.ts';
import { compileGlob, hasMagic } from './compile-glob.ts';
import type { NamedInput } from './named-input.ts';
import { type FoundFiles, walkFolder } from './walk-folder.ts';

/** How inputs are looked for. */
export interface FindOptions {
  /** The command that looks for them, for messages that name it. */
  readonly command: 'read' | 'ask' | 'extract' | 'lines';
  readonly signal: AbortSignal;
  /** Whether https addresses are inputs. */
  readonly allowUrls: boolean;
  /** Whether folders are searched with all folders below them. */
  readonly isRecursive: boolean;
}

/** Endings of the documents that a folder is searched for. What a file is, its first bytes say when it is opened. */
const documentName = /\.(?:pdf|png|jpe?g|jfif|webp|avif|gif|bmp|p[bgpn]m|pam|tiff?|hei[cf])$/i;

/**
 * Finds the documents that the words of the command line name: files, folders, patterns that no shell has replaced, pipes and addresses. What is
 * plainly not there is found out here, because opening a model for nothing can take minutes. Rejects only with the reason of the signal.
 */
export async function findInputs(
  words: readonly string[],
  world: Pick<World, 'stdin' | 'h2ovl'>,
  options: FindOptions,
): Promise<readonly NamedInput[]> {
  const inputs: NamedInput[] = [];
  const seen = new Set<string>();
  for (const word of words) {
    options.signal.throwIfAborted();
    try {
      for (const input of await findWord(word, world, options)) {
        // A file that is named may also lie in a folder that is; named twice, it is read twice.
        const place = resolve(input.file);
        if (input.file !== word && seen.has(place)) continue;
        seen.add(place);
        inputs.push(input);
      }
    } catch (error) {
      if (!VisionError.isInstance(error)) throw error;
      inputs.push({ file: word, error });
    }
  }
  return inputs;
}

/** Whether a name stands for standard input. */
export function isStandardInput(file: string): boolean {
  return file === '-' || file === '/dev/stdin' || file === '/dev/fd/0' || file === '/proc/self/fd/0';
}

async function findWord(word: string, world: Pick<World, 'stdin' | 'h2ovl'>, options: FindOptions): Promise<readonly NamedInput[]> {
  if (word === '') {
    throw new VisionError('INVALID_ARGUMENT', 'A name of a document is empty.', {
      hint: 'Name a file, a folder or a pattern; a variable of the shell may have had no value.',
    });
  }
  if (isStandardInput(word)) return [takeStdin(word, world, options.command)];
  if (/^https?:/i.test(word)) return [takeAddress(word, world.h2ovl, options)];
  if (/^(data|file):/i.test(word)) return [{ file: word, kind: 'address', name: undefined, open: () => word }]; // the library reads these itself
  const found = await stat(word).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) return await findMissing(word, found, options);
  if (found.isDirectory()) return await searchFolder(word, options);
  return [takeFile(word, found)];
}

function takeFile(file: string, found: Pick<Stats, 'isFIFO'>): NamedInput {
  // What a shell puts in place of <(...), and named pipes: they can be read once, from front to back.
  if (found.isFIFO()) return { file, kind: 'pipe', name: file, open: () => createReadStream(file) };
  return { file, kind: 'file', name: file, open: () => resolve(file) }; // resolved: a file may be called data:x.png
}

function takeStdin(file: string, { stdin, h2ovl }: Pick<World, 'stdin' | 'h2ovl'>, command: FindOptions['command']): NamedInput {
  if (stdin.isTTY === true) {
    throw new VisionError('INVALID_ARGUMENT', 'Standard input is a terminal, not a document.', {
      hint: `Pipe a document into it: ${h2ovl} ${command} - < page.png`,
    });
  }
  return { file, kind: 'pipe', name: 'standard input', open: () => stdin };
}

function takeAddress(file: string, h2ovl: string, { command, allowUrls }: FindOptions): NamedInput {
  if (allowUrls && /^https:/i.test(file)) return { file, kind: 'address', name: undefined, open: () => file }; // fetched by the library, under its own rules
  throw new VisionError('INVALID_ARGUMENT', `${file} is an address, and h2ovl opens no connections unless it is told to.`, {
    hint: `Add --allow-urls (https only), or pipe it: curl -s ADDRESS | ${h2ovl} ${command} -`,
  });
}

async function findMissing(word: string, cause: NodeJS.ErrnoException, options: FindOptions): Promise<readonly NamedInput[]> {
  if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') {
    return [{ file: word, kind: 'file', name: word, open: () => resolve(word) }]; // the library says what is wrong with it
  }
  if (!hasMagic(word)) {
    throw new VisionError('IMAGE_NOT_FOUND', `${word} does not exist.`, { hint: 'Check the path and the current folder.', cause });
  }
  const { base, isDeep, matches } = compileGlob(word);
  const found = await walkFolder(base, { isRecursive: isDeep, isWanted: matches, signal: options.signal });
  const inputs = listFound(base, found);
  if (inputs.length > 0) return inputs;
  throw new VisionError('IMAGE_NOT_FOUND', `No file matches ${word}.`, {
    hint: '* and ? match within one name, ** any folders, [ab] one of these, {png,jpg} either. Names that begin with a dot are left out.',
  });
}

async function searchFolder(folder: string, { isRecursive, signal }: FindOptions): Promise<readonly NamedInput[]> {
  const found = await walkFolder(folder, { isRecursive, isWanted: (path) => documentName.test(path), signal });
  const inputs = listFound(folder, found);
  if (inputs.length > 0) return inputs;
  const hasFolders = !isRecursive && found.folders > 0;
  throw new VisionError('IMAGE_NOT_FOUND', `${folder} holds no documents${hasFolders ? ' itself, only folders' : ''}.`, {
    hint: hasFolders
      ? 'Add --recursive to search those, too.'
      : 'Documents are found by the ends of their names: .pdf, .png, .jpg, .tif, .webp, .heic and their like.',
  });
}

function listFound(folder: string, { files, unreadable }: FoundFiles): readonly NamedInput[] {
  const documents = files.map((path): NamedInput => {
    const file = join(folder, path);
    return { file, kind: 'file', name: file, open: () => resolve(file) };
  });
  const refusals = unreadable.map(({ path, code }): NamedInput => {
    const file = join(folder, path);
    return {
      file,
      error: new VisionError('IMAGE_UNREADABLE', `The folder ${file} cannot be read (${code}).`, {
        hint: 'Give this user permission to read it, or leave it out.',
      }),
    };
  });
  return [...documents, ...refusals];
}
