import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { storageError } from '../../store/storage-error.ts';

/** Bytes `from` up to, not including, `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * A file that arrives in pieces, in any order, and survives the end of its process at any moment. Beside it lies a journal: one line for each piece, added after
 * the piece was written, so that what the journal names is there. What a power cut may still undo is found by the hash at the end.
 */
export class PartFile {
  readonly path: string;
  readonly size: number;
  readonly #journalPath: string;
  readonly #file: FileHandle;
  #journal: FileHandle;
  /** What has arrived: sorted, apart from each other. */
  #ranges: ByteRange[];

  private constructor(path: string, size: number, file: FileHandle, journal: FileHandle, ranges: ByteRange[]) {
    this.path = path;
    this.size = size;
    this.#journalPath = journalPathOf(path);
    this.#file = file;
    this.#journal = journal;
    this.#ranges = ranges;
  }

  /**
   * Opens the file where it was left, or empty. `identity` says what is being fetched; a part of something else starts over.
   * @throws VisionError STORAGE_UNAVAILABLE
   */
  static async open(path: string, size: number, identity: string): Promise<PartFile> {
    try {
      const ranges = await readJournal(journalPathOf(path), size, identity);
      const file = await open(path, ranges.length === 0 ? 'w+' : 'r+', 0o600);
      const written = (await file.stat()).size;
      const kept = ranges.filter(({ to }) => to <= written);
      const journal = await startJournal(journalPathOf(path), size, identity, kept);
      return new PartFile(path, size, file, journal, kept);
    } catch (cause) {
      throw storageError(`Cannot open ${path}`, cause);
    }
  }

  /** Bytes that have arrived. */
  get doneBytes(): number {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** What is still to come, in order. */
  missing(): ByteRange[] {
    const gaps: ByteRange[] = [];
    let at = 0;
    for (const { from, to } of this.#ranges) {
      if (from > at) gaps.push({ from: at, to: from });
      at = to;
    }
    if (at < this.size) gaps.push({ from: at, to: this.size });
    return gaps;
  }

  /** Writes a piece, then notes it. @throws VisionError STORAGE_UNAVAILABLE */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
      }
      await this.#journal.appendFile(`${offset} ${bytes.length}\n`);
    } catch (cause) {
      throw storageError(`Cannot write ${this.path}`, cause);
    }
    this.#ranges = addRange(this.#ranges, { from: offset, to: offset + bytes.length });
  }

  /** Forgets everything that arrived. */
  async restart(identity: string): Promise<void> {
    try {
      await this.#journal.close();
      await this.#file.truncate(0);
      this.#journal = await startJournal(this.#journalPath, this.size, identity, []);
    } catch (cause) {
      throw storageError(`Cannot empty ${this.path}`, cause);
    }
    this.#ranges = [];
  }

  /** Moves the complete file to its name. @throws VisionError STORAGE_UNAVAILABLE */
  async finish(target: string): Promise<void> {
    try {
      await this.#file.sync();
      await this.close();
      await rename(this.path, target);
      await rm(this.#journalPath, { force: true });
    } catch (cause) {
      throw storageError(`Cannot move ${this.path} to ${target}`, cause);
    }
  }

  /** Closes; what arrived stays for the next time. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([this.#file.close(), this.#journal.close()]).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EBADF') throw error;
    });
  }
}

/** Bytes of a part that have arrived, without opening it. */
export async function countArrived(path: string, size: number, identity: string): Promise<number> {
  return (await readJournal(journalPathOf(path), size, identity)).reduce((sum, { from, to }) => sum + to - from, 0);
}

const journalPathOf = (path: string): string => `${path}.journal`;
const headLine = (size: number, identity: string): string => `h2ovl-part 1 ${size} ${identity}`;

/** A new journal with what is known, in place of the old one. */
async function startJournal(path: string, size: number, identity: string, ranges: readonly ByteRange[]): Promise<FileHandle> {
  const lines = [headLine(size, identity), ...ranges.map(({ from, to }) => `${from} ${to - from}`), ''];
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  await handle.writeFile(lines.join('\n'));
  await handle.close();
  await rename(temporary, path);
  return open(path, 'a', 0o600);
}

async function readJournal(path: string, size: number, identity: string): Promise<ByteRange[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // The text after the last line end is a line that was being written.
  const [head, ...lines] = text.split('\n').slice(0, -1);
  if (head !== headLine(size, identity)) return [];
  const ranges: ByteRange[] = [];
  for (const line of lines) {
    const [from = -1, length = 0] = line.split(' ').map(Number);
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(length) || from < 0 || length < 1 || from + length > size) return [];
    ranges.push({ from, to: from + length });
  }
  return ranges.sort((a, b) => a.from - b.from).reduce(joinNext, []);
}

function addRange(ranges: readonly ByteRange[], added: ByteRange): ByteRange[] {
  return [...ranges, added].sort((a, b) => a.from - b.from).reduce(joinNext, []);
}

function joinNext(joined: ByteRange[], next: ByteRange): ByteRange[] {
  const last = joined.at(-1);
  if (last === undefined || next.from > last.to) joined.push(next);
  else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
  return joined;
}
