import type { NamedInput } from '../inputs/named-input.ts';
import type { Destination, Sink } from './destination.ts';
import { nameOutputs } from './name-outputs.ts';
import { type OutFile, OutFiles } from './out-files.ts';

export interface OutFolderOptions {
  /** Of the files that are written: `.txt`. */
  readonly ending: string;
  /** Whether files that are there are replaced. */
  readonly isOverwriting: boolean;
  /** Told when a document is complete. */
  readonly onWritten: (path: string) => void;
}

/**
 * A folder that gets one file for each document. A file has its name when all of the document is in it; before that it ends in `.part`, and stays
 * when the work is stopped.
 * @throws VisionError STORAGE_UNAVAILABLE, INVALID_ARGUMENT (files that are there, unless they are to be replaced)
 */
export async function openOutFolder(folder: string, inputs: readonly NamedInput[], options: OutFolderOptions): Promise<Destination> {
  const names = nameOutputs(inputs, options.ending);
  const files = await OutFiles.open(folder, names, { isOverwriting: options.isOverwriting, inputs });
  const sinks = names.map((name) => new FileSink(() => files.create(name), options.onWritten));
  return { isPerDocument: true, sinkOf: (input) => sinks[input] as FileSink };
}

class FileSink implements Sink {
  readonly isTerminal = false;
  readonly #create: () => Promise<OutFile>;
  readonly #onWritten: (path: string) => void;
  #file: OutFile | undefined;
  #hasText = false;

  constructor(create: () => Promise<OutFile>, onWritten: (path: string) => void) {
    this.#create = create;
    this.#onWritten = onWritten;
  }

  get hasText(): boolean {
    return this.#hasText;
  }

  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#hasText = true;
    this.#file ??= await this.#create();
    await this.#file.write(text);
  }

  async end(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return; // nothing was read: the failure says so, and an empty file would not
    this.#file = undefined;
    await file.finish();
    this.#onWritten(file.path);
  }

  async stop(): Promise<string | undefined> {
    const file = this.#file;
    this.#file = undefined;
    return file?.leave();
  }
}
