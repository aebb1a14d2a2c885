/** Joins little-endian TIFFs of one page each into one file. `isCyclic` lets the last page be followed by the first. */
export function joinTiffs(files: readonly Buffer[], { isCyclic = false }: { readonly isCyclic?: boolean } = {}): Buffer {
  const joined = Buffer.concat(files.map((file) => Buffer.concat([file, Buffer.alloc(file.length % 2)])));
  let base = 0;
  let previousNext = 4;
  const firstDirectory = joined.readUInt32LE(4);
  for (const file of files) {
    if (file.toString('latin1', 0, 4) !== 'II*\0') throw new Error('Only little-endian TIFF is joined.');
    const directory = base + file.readUInt32LE(4);
    joined.writeUInt32LE(directory, previousNext);
    moveDirectory(joined, directory, base);
    previousNext = directory + 2 + joined.readUInt16LE(directory) * 12;
    base += file.length + (file.length % 2);
  }
  joined.writeUInt32LE(isCyclic ? firstDirectory : 0, previousNext);
  return joined;
}

const typeBytes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 };
/** Tags whose values are places in the file. */
const placeTags: readonly number[] = [273, 324, 34665, 330];

function moveDirectory(file: Buffer, directory: number, by: number): void {
  for (let index = 0; index < file.readUInt16LE(directory); index += 1) {
    const at = directory + 2 + index * 12;
    const [tag, type, count] = [file.readUInt16LE(at), file.readUInt16LE(at + 2), file.readUInt32LE(at + 4)];
    const bytes = (typeBytes[type] ?? 1) * count;
    if (bytes > 4) file.writeUInt32LE(file.readUInt32LE(at + 8) + by, at + 8);
    if (!placeTags.includes(tag)) continue;
    const values = bytes > 4 ? file.readUInt32LE(at + 8) : at + 8;
    for (let value = 0; value < count; value += 1) {
      const place = values + value * (type === 3 ? 2 : 4);
      if (type === 3) file.writeUInt16LE(file.readUInt16LE(place) + by, place);
      else file.writeUInt32LE(file.readUInt32LE(place) + by, place);
    }
  }
}

/** Writes a grey BigTIFF of one row, uncompressed, little endian. */
export function makeBigTiff({ row, pages }: { readonly row: readonly number[]; readonly pages: number }): Buffer {
  const parts = [Buffer.from([0x49, 0x49, 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0])];
  let at = 16;
  for (let page = 0; page < pages; page += 1) {
    const entries = makeEntries({ width: row.length, height: 1, compression: 1, bits: 8, photometric: 1, byteCount: row.length });
    const directory = Buffer.alloc(8 + entries.length * 20 + 8);
    const pixelsAt = at + directory.length;
    at = pixelsAt + row.length;
    directory.writeBigUInt64LE(BigInt(entries.length), 0);
    for (const [index, [tag, value]] of entries.entries()) {
      const entry = directory.subarray(8 + index * 20);
      entry.writeUInt16LE(tag, 0);
      entry.writeUInt16LE(16, 2); // type: 64-bit number
      entry.writeBigUInt64LE(1n, 4);
      entry.writeBigUInt64LE(BigInt(tag === stripTag ? pixelsAt : value), 12);
    }
    directory.writeBigUInt64LE(BigInt(page === pages - 1 ? 0 : at), directory.length - 8);
    parts.push(directory, Buffer.from(row));
  }
  return Buffer.concat(parts);
}

/** Width and height of the page of `makeG3Tiff`, in pixels. */
export const g3Size = { width: 64, height: 16 } as const;

/**
 * Writes a fax page by CCITT G3, one-dimensional: a white row and a row of eight stripes, white first, take turns. Only the codes of these runs
 * are needed.
 */
export function makeG3Tiff(): Buffer {
  const [endOfLine, white8, black8, white64, white0] = ['000000000001', '10011', '000101', '11011', '00110101'];
  const rows = Array.from(
    { length: g3Size.height },
    (_, row) => endOfLine + (row % 2 === 0 ? white64 + white0 : `${white8}${black8}`.repeat(4)),
  );
  const bits = rows.join('');
  const strip = Buffer.from(
    (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)),
  );
  const entries = makeEntries({ ...g3Size, compression: 3, bits: 1, photometric: 0, byteCount: strip.length });
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  for (const [index, [tag, value]] of entries.entries()) {
    const entry = directory.subarray(2 + index * 12);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(4, 2); // type: 32-bit number
    entry.writeUInt32LE(1, 4);
    entry.writeUInt32LE(tag === stripTag ? 8 + directory.length : value, 8);
  }
  return Buffer.concat([Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0]), directory, strip]);
}

const stripTag = 273;

interface TiffFacts {
  readonly width: number;
  readonly height: number;
  readonly compression: number;
  readonly bits: number;
  /** 0: 0 is white; 1: 0 is black. */
  readonly photometric: 0 | 1;
  readonly byteCount: number;
}

/** Tags of a page of one strip, in their order; where the strip begins is filled in later. */
function makeEntries({ width, height, compression, bits, photometric, byteCount }: TiffFacts): readonly (readonly [number, number])[] {
  return [
    [256, width],
    [257, height],
    [258, bits],
    [259, compression],
    [262, photometric],
    [stripTag, 0],
    [277, 1],
    [278, height],
    [279, byteCount],
  ];
}
