import { expect, it } from 'vitest';
import { TiledPromptSource } from '../../../src/answer/prompt-source.ts';
import { TileIdentities } from '../../../src/model/tile-identities.ts';
import type { TokenEmbedder } from '../../../src/model/token-embedder.ts';
import type { VisionEncoder } from '../../../src/model/vision-encoder.ts';

const digest = (beginning: string, end: string): string => beginning + end.repeat(64 - beginning.length);

function keysOf(digests: readonly string[], identities: TileIdentities): readonly number[] {
  const tiles = digests.map((digest) => ({ digest, patches: () => new Float32Array(0) }));
  const spans = [{ start: 1, length: 4 * tiles.length }];
  const ids = [7, ...Array<number>(4 * tiles.length).fill(3), 8];
  const parts = { vision: {} as VisionEncoder, embedder: {} as TokenEmbedder };
  return [...new TiledPromptSource({ ids, spans, tiles, tokensPerTile: 4, identities, ...parts }).keys];
}

it('tells tiles apart by their whole digest, not by its beginning', () => {
  const identities = new TileIdentities();
  const common = 'abcdef0123456789abcdef';
  const [first, second] = [keysOf([digest(common, '0')], identities), keysOf([digest(common, '1')], identities)];
  expect(first.slice(1, 5).filter((key) => second.includes(key))).toEqual([]);
  expect(keysOf([digest(common, '0')], identities)).toEqual(first);
});

it('never takes an image position for a text token, nor one position of a tile for another', () => {
  const keys = keysOf([digest('a', '0'), digest('b', '0'), digest('a', '0')], new TileIdentities());
  expect([keys[0], keys.at(-1)]).toEqual([7, 8]);
  const image = keys.slice(1, -1);
  expect(image.every((key) => key < 0)).toBe(true);
  expect(image.slice(8)).toEqual(image.slice(0, 4));
  expect(new Set(image).size).toBe(8);
});

it('keeps a bounded number of digests, and gives a forgotten one a number of its own', () => {
  const identities = new TileIdentities();
  const first = identities.numberOf('first');
  for (let i = 0; i < 10_000; i += 1) identities.numberOf(`digest ${i}`);
  expect(identities.numberOf('digest 9999')).toBe(10_000);
  expect(identities.numberOf('first')).toBe(10_001);
  expect(first).toBe(0);
});
