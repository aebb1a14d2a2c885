import type { FileHandle } from 'node:fs/promises';
import { CheckpointError } from '@h2ovl/contract';
import { maxDimensions, maxHeaderBytes, maxTensors } from './limits.ts';

/** Element types a checkpoint may store; every other one is refused. */
export type SourceDType = 'BF16' | 'F16' | 'F32';

/** Bytes of one stored element. */
export const sourceBytes: Readonly<Record<SourceDType, number>> = { BF16: 2, F16: 2, F32: 4 };

/** Where a tensor lies in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SourceDType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

const redoHint = 'Download the file again and compare its size with the original.';

/**
 * Reads and checks the header of one safetensors file: every tensor lies inside the file, they touch without gap or overlap,
 * and dtype x shape equals the bytes claimed.
 * @throws CheckpointError MODEL_FILE_CORRUPT, MODEL_UNSUPPORTED (an element type other than BF16, F16, F32)
 */
export async function readHeader(handle: FileHandle, file: string): Promise<TensorEntry[]> {
  const fileBytes = (await handle.stat()).size;
  const fail = (message: string, tensor?: string): never => {
    const details = tensor === undefined ? { file } : { file, tensor };
    throw new CheckpointError('MODEL_FILE_CORRUPT', `${file}: ${message}`, details, { hint: redoHint });
  };
  if (fileBytes < 8) return fail(`the file has ${fileBytes} bytes; a safetensors file starts with 8 bytes of header length.`);
  const prefix = Buffer.alloc(8);
  await handle.read(prefix, 0, 8, 0);
  const claimed = prefix.readBigUInt64LE(0);
  if (claimed > BigInt(maxHeaderBytes)) {
    return fail(`the header claims ${claimed} bytes; at most ${maxHeaderBytes} are read. It is probably not a safetensors file.`);
  }
  const headerBytes = Number(claimed);
  if (8 + headerBytes > fileBytes) {
    return fail(`the header claims ${headerBytes} bytes, but the file ends after ${fileBytes}. It was cut off.`);
  }
  const header = Buffer.alloc(headerBytes);
  await handle.read(header, 0, headerBytes, 8);
  const raw = parseObject(header, fail);
  const dataStart = 8 + headerBytes;
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (name !== '__metadata__') entries.push(parseEntry(name, value, { file, dataStart, fail }));
  }
  if (entries.length > maxTensors) return fail(`the header lists ${entries.length} tensors; at most ${maxTensors} are read.`);
  checkLayout(entries, dataStart, fileBytes, fail);
  return entries;
}

type Fail = (message: string, tensor?: string) => never;

function parseObject(header: Buffer, fail: Fail): Record<string, unknown> {
  const text = header.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(`the ${header.length} bytes of header are not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('the header is not a JSON object.');
  const twice = duplicateKey(text);
  if (twice !== undefined) return fail(`the header lists "${twice}" twice.`, twice);
  return value as Record<string, unknown>;
}

/** JSON.parse keeps the last of two equal keys silently, so the top level is walked once more by hand. */
function duplicateKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    else if (char === '"') {
      const end = stringEnd(text, i);
      if (depth === 1 && /^\s*:/.test(text.slice(end + 1, end + 20))) {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        if (seen.has(key)) return key;
        seen.add(key);
      }
      i = end;
    }
  }
  return undefined;
}

function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function parseEntry(
  name: string,
  value: unknown,
  context: { readonly file: string; readonly dataStart: number; readonly fail: Fail },
): TensorEntry {
  const { file, dataStart, fail } = context;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets)) {
    return fail(`tensor ${name} lacks dtype, shape or data_offsets.`, name);
  }
  if (dtype !== 'BF16' && dtype !== 'F16' && dtype !== 'F32') {
    throw new CheckpointError(
      'MODEL_UNSUPPORTED',
      `${file}: tensor ${name} has element type ${dtype}; BF16, F16 and F32 are read.`,
      { file, tensor: name },
      { hint: 'Use the original checkpoint, not one that was quantised by other software.' },
    );
  }
  if (shape.length > maxDimensions || !shape.every(isCount)) {
    return fail(`tensor ${name} has the shape ${JSON.stringify(shape)}: up to ${maxDimensions} whole numbers are read.`, name);
  }
  const [begin, end] = offsets as unknown[];
  if (offsets.length !== 2 || !isCount(begin) || !isCount(end) || end < begin) {
    return fail(`tensor ${name} has the data_offsets ${JSON.stringify(offsets)}: two whole numbers in order are expected.`, name);
  }
  const expected = shape.reduce<number>((product, dim) => product * (dim as number), sourceBytes[dtype]);
  if (expected !== end - begin) {
    return fail(`tensor ${name} is ${dtype} [${shape.join(', ')}], which takes ${expected} bytes, but ${end - begin} are claimed.`, name);
  }
  return { name, dtype, shape: shape as number[], offset: dataStart + begin, byteLength: expected };
}

function checkLayout(entries: readonly TensorEntry[], dataStart: number, fileBytes: number, fail: Fail): void {
  let position = dataStart;
  let previous = 'the header';
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    if (entry.offset !== position) {
      const what = entry.offset < position ? 'overlaps' : 'leaves a gap after';
      fail(`tensor ${entry.name} ${what} ${previous}: it starts at byte ${entry.offset}, expected at ${position}.`, entry.name);
    }
    position += entry.byteLength;
    previous = entry.name;
    if (position > fileBytes) {
      fail(`tensor ${entry.name} ends at byte ${position}, but the file ends after ${fileBytes}. It was cut off.`, entry.name);
    }
  }
  if (position !== fileBytes) fail(`the tensors end at byte ${position}, but the file has ${fileBytes}.`);
}
