import type { ProgressEvent } from '@h2ovl/contract';
import { nameParam } from '@h2ovl/contract';
import type { OpenedModel } from '../model/open-model.ts';
import type { TileInput } from '../model/vision-encoder.ts';
import type { PreparedPrompt } from './prepare-prompt.ts';
import type { TiledPromptSource } from './prompt-source.ts';

/** Decodes and cuts the images of a prompt, one after the other; returns the tiles of all, in order. A failure names the image's place. */
export async function* readPages(
  { images, imagePlaces }: Pick<PreparedPrompt, 'images' | 'imagePlaces'>,
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent, readonly TileInput[]> {
  const tiles: TileInput[] = [];
  for (const [index, image] of images.entries()) {
    yield { type: 'progress', phase: 'decode-image', done: index, total: images.length };
    const read = image.tiles(signal).catch((error: unknown) => {
      throw nameParam(error, imagePlaces[index] as string);
    });
    tiles.push(...(await read));
  }
  if (images.length > 0) yield { type: 'progress', phase: 'decode-image', done: images.length, total: images.length };
  return tiles;
}

/**
 * Encodes the tiles that a prefill from position `from` on will read; the others are in the decoder's cache already. The weights of the two graphs take turns in
 * memory: those of the decoder are given back before the tiles, those of the vision part behind them, unless other answers need them.
 */
export async function* encodeTiles(
  source: TiledPromptSource,
  from: number,
  { vision, decoder }: Pick<OpenedModel, 'vision' | 'decoder'>,
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent, void> {
  const wanted = source.tilesFrom(from);
  if (wanted.length === 0) return;
  await decoder.returnWeightPages();
  try {
    for (let done = 0; done < wanted.length; done += source.tilesAtOnce) {
      yield { type: 'progress', phase: 'encode-image', done, total: wanted.length };
      await source.encode(wanted.slice(done, done + source.tilesAtOnce), signal);
    }
  } finally {
    await vision.returnWeightPages();
  }
  yield { type: 'progress', phase: 'encode-image', done: wanted.length, total: wanted.length };
}
