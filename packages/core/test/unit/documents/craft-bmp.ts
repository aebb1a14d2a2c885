/** RGB of the six pixels of every picture drawn here, upper row first: 3 x 2. */
export const bmpPixels: readonly (readonly [number, number, number])[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
  [255, 255, 0],
];
const [width, height] = [3, 2];

export interface BmpParts {
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  readonly compression?: number;
  readonly isTopDown?: boolean;
  readonly isOs2?: boolean;
}

/** Writes the picture above; with 1 bit a pixel its colors are black and white by whether there is any green. */
export function makeBmp({ bits, compression = 0, isTopDown = false, isOs2 = false }: BmpParts): Buffer {
  const palette =
    bits > 8
      ? []
      : bits === 1
        ? ([
            [0, 0, 0],
            [255, 255, 255],
          ] as const)
        : bmpPixels;
  const entryBytes = isOs2 ? 3 : 4;
  const headerBytes = isOs2 ? 12 : 40;
  const masks = compression === 3 ? 12 : 0;
  const paletteBytes = Buffer.concat(palette.map(([red, green, blue]) => Buffer.from([blue, green, red, 0]).subarray(0, entryBytes)));
  const pixels = compression === 1 || compression === 2 ? packRuns(bits) : packRows(bits, isTopDown);
  const header = Buffer.alloc(14 + headerBytes + masks);
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(header.length + paletteBytes.length, 10);
  header.writeUInt32LE(headerBytes, 14);
  if (isOs2) {
    header.writeUInt16LE(width, 18);
    header.writeUInt16LE(height, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt16LE(bits, 24);
  } else {
    header.writeInt32LE(width, 18);
    header.writeInt32LE(isTopDown ? -height : height, 22);
    header.writeUInt16LE(1, 26);
    header.writeUInt16LE(bits, 28);
    header.writeUInt32LE(compression, 30);
    header.writeUInt32LE(palette.length, 46);
    // Five bits each in an order of our own: blue first.
    if (masks > 0) for (const [index, mask] of [0x001f, 0x03e0, 0x7c00].entries()) header.writeUInt32LE(mask, 54 + index * 4);
  }
  return Buffer.concat([header, paletteBytes, pixels]);
}

function packRows(bits: number, isTopDown: boolean): Buffer {
  const rows = [0, 1].map((row) => {
    const bytes = Buffer.alloc(Math.ceil((width * bits) / 32) * 4);
    for (let x = 0; x < width; x += 1) {
      const index = row * width + x;
      const [red, green, blue] = bmpPixels[index] ?? [0, 0, 0];
      if (bits === 1) bytes[0] = (bytes[0] ?? 0) | ((green > 0 ? 1 : 0) << (7 - x));
      else if (bits === 4) bytes[x >> 1] = (bytes[x >> 1] ?? 0) | (index << (x % 2 === 0 ? 4 : 0));
      else if (bits === 8) bytes[x] = index;
      else if (bits === 16) bytes.writeUInt16LE((red >> 3) | ((green >> 3) << 5) | ((blue >> 3) << 10), x * 2);
      else bytes.set([blue, green, red], (x * bits) / 8);
    }
    return bytes;
  });
  return Buffer.concat(isTopDown ? rows : rows.reverse());
}

/** The lower row as a stretch, the upper one as single runs. */
function packRuns(bits: number): Buffer {
  return bits === 8
    ? Buffer.from([0, 3, 3, 4, 5, 0, 0, 0, 1, 0, 1, 1, 1, 2, 0, 1])
    : Buffer.from([0, 3, 0x34, 0x50, 0, 0, 1, 0x00, 1, 0x10, 1, 0x20, 0, 1]);
}
