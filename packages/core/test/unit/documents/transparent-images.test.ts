import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage } from '../../../src/documents/images/decode-image.ts';

const svg = (ink: string, more = ''): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="120">${more}<text x="20" y="70" font-size="40" font-family="DejaVu Sans" fill="${ink}">Total 90.34</text></svg>`,
  );
const corner = async (picture: Buffer) => {
  const { raster, warnings } = await decodeImage(picture, { name: 'a.png' });
  return { ground: [...raster.data.subarray(0, 3)], warnings };
};
const white = { ground: [255, 255, 255], warnings: [] };
const black = { ground: [0, 0, 0], warnings: [expect.stringContaining('put on black')] };

test.each([
  ['white on clear', svg('#fff'), black],
  ['pale yellow on clear', svg('#fff3b0'), black],
  ['black on clear', svg('#111'), white],
  ['red on clear', svg('#c00'), white],
  ['white beside black on clear', svg('#fff', '<text x="20" y="115" font-size="40" font-family="DejaVu Sans">Net</text>'), white],
  ['dark on a white card with clear edges', svg('#222', '<rect x="9" y="9" width="380" height="100" fill="#fff"/>'), white],
])('%s', async (_, picture, expected) => {
  expect(await corner(await sharp(picture).png().toBuffer())).toEqual(expected);
});

test('grey with clear pixels and 16 bits is looked at in the same way', async () => {
  const grey = await sharp(svg('#fff')).toColourspace('b-w').png().toBuffer();
  const deep = await sharp(svg('#fff')).toColourspace('rgb16').png().toBuffer();
  expect(await corner(grey)).toEqual(black);
  expect(await corner(deep)).toEqual(black);
});
