import { describe, expect, it } from 'vitest';
import type { TiledPromptSource } from '../../../src/answer/prompt-source.ts';
import { encodeTiles } from '../../../src/answer/read-pages.ts';
import type { OpenedModel } from '../../../src/model/open-model.ts';

const never = new AbortController().signal;

/** A prompt of `tiles` tiles, and a model that notes what is done with it. */
function makeParts(tiles: number, fails = false): { source: TiledPromptSource; model: OpenedModel; done: string[] } {
  const done: string[] = [];
  const source = {
    tilesAtOnce: 1,
    tilesFrom: () => Array.from({ length: tiles }, (_, tile) => tile),
    encode: async ([tile]: readonly number[]) => {
      if (fails) throw new Error('no pixels');
      done.push(`tile ${tile}`);
    },
  } as unknown as TiledPromptSource;
  const noting = (name: string) => ({ returnWeightPages: async () => void done.push(`${name} back`) });
  return { source, model: { vision: noting('vision'), decoder: noting('decoder') } as unknown as OpenedModel, done };
}

async function drain(events: AsyncGenerator<unknown>): Promise<void> {
  for await (const _ of events);
}

describe('encodeTiles', () => {
  it("has the weights of one graph at a time in memory: the decoder's go before the tiles, the vision part's after the last", async () => {
    const { source, model, done } = makeParts(2);
    await drain(encodeTiles(source, 0, model, never));
    expect(done).toEqual(['decoder back', 'tile 0', 'tile 1', 'vision back']);
  });

  it('leaves the weights where they are when no tile is to be encoded', async () => {
    const { source, model, done } = makeParts(0);
    await drain(encodeTiles(source, 0, model, never));
    expect(done).toEqual([]);
  });

  it("gives the vision part's weights back when encoding fails, or nobody waits for it any more", async () => {
    const failing = makeParts(2, true);
    await expect(drain(encodeTiles(failing.source, 0, failing.model, never))).rejects.toThrow('no pixels');
    expect(failing.done).toEqual(['decoder back', 'vision back']);
    const left = makeParts(2);
    for await (const { done } of encodeTiles(left.source, 0, left.model, never)) if (done === 1) break;
    expect(left.done).toEqual(['decoder back', 'tile 0', 'vision back']);
  });
});
