import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { PagePixels } from '@h2ovl/core';

const deflateAsync = promisify(deflate);

/** The filter of PNG that stores each byte as its difference from the one above. */
const up = 2;
/** Rows filtered between two turns of the event loop. */
const sliceRows = 64;

/** 8-bit RGB as PNG and PDF store it: each row filtered, and all of it deflated on a thread of its own. */
export async function deflateRows({ width, height, data }: Pick<PagePixels, 'width' | 'height' | 'data'>): Promise<Buffer> {
  const length = width * 3;
  const rows = Buffer.alloc((length + 1) * height);
  for (let row = 0; row < height; row += 1) {
    const to = row * (length + 1);
    rows[to] = up;
    const from = row * length;
    for (let at = 0; at < length; at += 1) {
      const above = row === 0 ? 0 : (data[from - length + at] as number);
      rows[to + 1 + at] = (data[from + at] as number) - above;
    }
    if (row % sliceRows === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return deflateAsync(rows);
}
