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
