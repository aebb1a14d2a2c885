import { describe, expect, it } from 'vitest';
import { makeBlackPng } from '../../../../dev/src/testing/craft-images.ts';
import { KnownPages, PageImage } from '../../../src/answer/page-image.ts';
import { resolveImageLimits } from '../../../src/documents/image-limits.ts';

const tiles = { tileSizePx: 448, minTiles: 1, maxTiles: 6, useThumbnail: true, useMsac: false };

async function factsOf(widthPx: number, heightPx: number, changes: Partial<typeof tiles> = {}) {
  const options = {
    tiles: { ...tiles, ...changes },
    patchSizePx: 14,
    allowRemote: false,
    limits: resolveImageLimits(),
    known: new KnownPages(),
  } as const;
  const image = await PageImage.open(makeBlackPng(widthPx, heightPx), options, new AbortController().signal);
  image.close();
  return image.facts;
}

describe('the facts of a picture, known from its header', () => {
  it('are its size, its grid, its tiles with the thumbnail, and the scale of the direction that loses more', async () => {
    const scales = { scale: 1.493, scaleX: 1.493, scaleY: 1.493 };
    expect(await factsOf(600, 900)).toEqual({ widthPx: 600, heightPx: 900, grids: [{ columns: 2, rows: 3 }], tiles: 7, ...scales });
    // 1280 x 1024 has no better grid: 2 x 2 tiles show 896 of 1280 pixels across.
    expect(await factsOf(1280, 1024, { maxTiles: 4 })).toMatchObject({ scale: 0.7, scaleX: 0.7, scaleY: 0.875 });
  });

  it('count a second grid where the model cuts twice, and take the finer one for the scale', async () => {
    const facts = await factsOf(600, 900, { useMsac: true });
    expect(facts.grids).toHaveLength(2);
    const scales = facts.grids.map(({ columns, rows }) => Math.min((columns * 448) / 600, (rows * 448) / 900));
    expect(facts.scale).toBeCloseTo(Math.max(...scales), 3);
  });
});
