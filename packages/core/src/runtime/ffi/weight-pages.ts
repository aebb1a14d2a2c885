import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findInLibc } from './libc.ts';
import { callNative } from './native-calls.ts';
import type { KoffiModule } from './ort-library.ts';

/** Part of a file that is mapped into this process. Addresses from `start` to before `end`; `offset`: where in the file it begins, bytes. */
export interface MappedPart {
  readonly start: bigint;
  readonly end: bigint;
  readonly offset: bigint;
  readonly path: string;
}

/** A mapping as /proc/self/smaps tells it. */
export interface Mapping extends MappedPart {
  /** Whether it holds memory of this process's own: pages that were written to. Undefined where only the list was read. */
  readonly isWritten: boolean | undefined;
}

/** Gives pages of mapped files back to the system; the next access finds them in the file. */
export type GiveBackPages = (part: MappedPart) => Promise<void>;

/** Smaller parts (scales, biases) are not worth a call. Bytes. */
const smallestPart = 65_536n;
const pageBytes = 4096n;

/**
 * Weights that are pages of a file, as those of packed copies are. They count as memory of this process once they were read, though the system holds them
 * anyway; a graph that is not needed for a while gives them back within milliseconds, and reads them again from the system's file cache.
 */
export class WeightPages {
  readonly #parts: readonly MappedPart[];
  readonly #prefix: string;
  readonly #giveBack: GiveBackPages;

  constructor(parts: readonly MappedPart[], prefix: string, giveBack: GiveBackPages) {
    this.#parts = parts;
    this.#prefix = prefix;
    this.#giveBack = giveBack;
  }

  /** Gives all of them back. The session must be open, and stay open until this resolves. Never rejects. */
  async giveBack(): Promise<void> {
    if (this.#parts.length === 0) return;
    // The same addresses may only be the same parts: what was found at opening is looked up again.
    const now = new Map((await readMappings('/proc/self/maps', this.#prefix)).map((mapping) => [mapping.start, mapping]));
    for (const part of this.#parts) {
      if (isSame(part, now.get(part.start))) await this.#giveBack(part);
    }
  }
}

/** Notes which parts of a graph's files are mapped; call it before opening. The function it resolves to tells what opening added. */
export async function watchMappings(
  model: string | Uint8Array,
  giveBack: GiveBackPages | undefined,
): Promise<() => Promise<WeightPages | undefined>> {
  if (typeof model !== 'string' || giveBack === undefined) return async () => undefined;
  const prefix = await prefixOf(model);
  const before = await readMappings('/proc/self/maps', prefix);
  return async () => new WeightPages(addedParts(before, await readMappings('/proc/self/smaps', prefix)), prefix, giveBack);
}

/**
 * Parts that are there now and were not before. None where parts of the file overlap by more than the page that neighbours share: then another session maps
 * the same file, and which part is whose is not known. None that were written to: what was written would be lost.
 */
export function addedParts(before: readonly MappedPart[], now: readonly Mapping[]): readonly MappedPart[] {
  const known = new Set(before.map(({ start }) => start));
  const added = now.filter(({ start, end }) => !known.has(start) && end - start >= smallestPart);
  const inFile = added.toSorted((a, b) => compare(a.path, b.path) || Number(a.offset - b.offset));
  const isContested = inFile.some((part, index) => {
    const last = inFile[index - 1];
    return last !== undefined && last.path === part.path && endInFile(last) - part.offset > pageBytes;
  });
  return isContested ? [] : added.filter(({ isWritten }) => isWritten === false);
}

/** The mappings of files whose path begins with `prefix`, from the text of /proc/self/maps or smaps. */
export function parseMappings(text: string, prefix: string): readonly Mapping[] {
  const found: Mapping[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, start, end, offset, path] = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+\s+(\/.*)$/.exec(line) ?? [];
    if (path === undefined || !path.startsWith(prefix)) continue;
    const [from, to, at] = [start, end, offset].map((digits) => BigInt(`0x${digits}`)) as [bigint, bigint, bigint];
    found.push({ start: from, end: to, offset: at, path, isWritten: isWritten(lines, index) });
  }
  return found;
}

/** What the lines behind a mapping's own say of pages that were written to. */
function isWritten(lines: readonly string[], at: number): boolean | undefined {
  for (let index = at + 1; index < at + 32; index += 1) {
    const [, kilobytes] = /^Anonymous:\s+(\d+) kB$/.exec(lines[index] ?? '') ?? [];
    if (kilobytes !== undefined) return kilobytes !== '0';
    if (!/^[A-Z]/.test(lines[index] ?? '')) return undefined;
  }
  return undefined;
}

async function readMappings(file: string, prefix: string): Promise<readonly Mapping[]> {
  const text = await readFile(file, 'utf8').catch(() => ''); // a system that does not tell gets nothing back
  return parseMappings(text, prefix);
}

/** Weights lie beside their graph: `vision.onnx` has `vision.onnx.data` or `vision.bin`. */
async function prefixOf(model: string): Promise<string> {
  const folder = await realpath(dirname(model)).catch(() => dirname(model));
  return join(folder, `${basename(model).replace(/\.onnx$/, '')}.`);
}

function isSame(part: MappedPart, now: MappedPart | undefined): boolean {
  return now !== undefined && now.end === part.end && now.offset === part.offset && now.path === part.path;
}

const endInFile = ({ start, end, offset }: MappedPart): bigint => offset + (end - start);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const dontNeed = 4; // MADV_DONTNEED: pages of a file are dropped from this process and read again from the file

/** On Linux alone, where the call drops pages at once; undefined elsewhere. */
export function bindGiveBackPages(koffi: KoffiModule): GiveBackPages | undefined {
  const advise = findInLibc(koffi, 'madvise', ['size_t', 'size_t', 'int']);
  if (advise === undefined) return undefined;
  return ({ start, end }) =>
    callNative(advise, [start, end - start, dontNeed], { pins: [], terminate: () => {} }).then(
      () => {}, // where it refuses, as for memory that is locked, the pages stay
      () => {},
    );
}
