import { VisionError } from '@h2ovl/contract';

/** What the vision tower was trained with: ImageNet's mean and deviation of red, green and blue. */
const channelMeans = [0.485, 0.456, 0.406] as const;
const channelDeviations = [0.229, 0.224, 0.225] as const;

/** [3, 256]: what each byte becomes in each channel. */
const normalizedValues: Float32Array = makeTable();

/** The sizes that shape the result. */
export interface NormalizeOptions {
  /** Side of a tile in pixels, a multiple of `patchSizePx`. */
  readonly tileSizePx: number;
  /** Side of a patch in pixels. */
  readonly patchSizePx: number;
}

/**
 * Turns a tile's pixels [tile, tile, 3] into the rows the vision graph reads: [P, 3 * p * p] with P = (tile / p)^2, patches row-major over the tile,
 * each in the order channel, y, x; a value is (byte / 255 - mean) / deviation in float32.
 * @throws VisionError INVALID_ARGUMENT when the sizes do not fit together
 */
export function normalizePixels(tile: Uint8Array, { tileSizePx, patchSizePx }: NormalizeOptions): Float32Array {
  checkSizes(tile.length, tileSizePx, patchSizePx);
  const patchesPerSide = tileSizePx / patchSizePx;
  const patchArea = patchSizePx * patchSizePx;
  const patches = new Float32Array(tile.length);
  let at = 0;
  for (let pixelRow = 0; pixelRow < tileSizePx; pixelRow += 1) {
    const patchRow = Math.trunc(pixelRow / patchSizePx);
    const y = pixelRow - patchRow * patchSizePx;
    for (let patchColumn = 0; patchColumn < patchesPerSide; patchColumn += 1) {
      let to = (patchRow * patchesPerSide + patchColumn) * 3 * patchArea + y * patchSizePx;
      for (let x = 0; x < patchSizePx; x += 1) {
        patches[to] = normalizedValues[tile[at] as number] as number;
        patches[to + patchArea] = normalizedValues[256 + (tile[at + 1] as number)] as number;
        patches[to + 2 * patchArea] = normalizedValues[512 + (tile[at + 2] as number)] as number;
        to += 1;
        at += 3;
      }
    }
  }
  return patches;
}

function checkSizes(length: number, tileSizePx: number, patchSizePx: number): void {
  if (!Number.isSafeInteger(tileSizePx) || !Number.isSafeInteger(patchSizePx) || patchSizePx < 1 || tileSizePx % patchSizePx !== 0) {
    throw new VisionError('INVALID_ARGUMENT', `A tile of ${tileSizePx} pixels cannot be cut into patches of ${patchSizePx}.`);
  }
  if (length !== tileSizePx * tileSizePx * 3) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `A tile of ${tileSizePx} pixels a side holds ${tileSizePx * tileSizePx * 3} bytes, not ${length}.`,
    );
  }
}

/** Rounds to float32 after every operation, as the reference's float32 arithmetic does. */
function makeTable(): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel += 1) {
    const mean = Math.fround(channelMeans[channel] as number);
    const deviation = Math.fround(channelDeviations[channel] as number);
    for (let byte = 0; byte < 256; byte += 1) {
      table[channel * 256 + byte] = Math.fround(Math.fround(byte / 255) - mean) / deviation;
    }
  }
  return table;
}
