import type { PagePixels } from '@h2ovl/core';
import { crc32 } from './crc32.ts';
import { deflateRows } from './deflate-rows.ts';

/** The bytes of a PNG file. */
export async function writePng(picture: Pick<PagePixels, 'width' | 'height' | 'data'>): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.width, 0);
  header.writeUInt32BE(picture.height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, filters by row, not interlaced
  const parts = [chunk('IHDR', header), chunk('IDAT', await deflateRows(picture)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts]);
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}
