import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeatureStore } from '../../../src/model/feature-store.ts';
import { type TileInput, VisionEncoder } from '../../../src/model/vision-encoder.ts';
import type { Manifest } from '../../../src/model-files/manifest.ts';
import type { Session } from '../../../src/runtime/port.ts';
import type { HostTensor } from '../../../src/tensor/tensor.ts';

// A tile of 2x2 pixels in one patch; the fake graph doubles the first 2 of its 12 values into 1 token of 2.
const manifest = {
  graphs: { vision: { file: 'v', data: 'd' } },
  files: {},
  precision: { vision: 'float32', int8Limit: null },
  model: { hiddenSize: 2, image: { tileSizePx: 2, patchSizePx: 2, tokensPerTile: 1 } },
} as unknown as Manifest;
const never = new AbortController().signal;

function fakeSession(): { session: Session; runs: () => number; returns: () => number } {
  let [runs, returns] = [0, 0];
  const session: Session = {
    inputs: [],
    outputs: [],
    run: async ({ inputs, outputs }) => {
      runs += 1;
      const patches = (inputs.patches as HostTensor).data as Float32Array;
      ((outputs.features as HostTensor).data as Float32Array).set(patches.subarray(0, 2).map((value) => value * 2));
    },
    returnWeightPages: async () => {
      returns += 1;
    },
    dispose: async () => {},
  };
  return { session, runs: () => runs, returns: () => returns };
}

const tile = (value: number): TileInput => ({ digest: `tile ${value}`, patches: () => new Float32Array(12).fill(value) });

describe('VisionEncoder', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'h2ovl-encoder-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('encodes a tile once while memory keeps it', async () => {
    const { session, runs } = fakeSession();
    const encoder = new VisionEncoder(session, manifest, 1000);
    expect(await encoder.encode(tile(3), never)).toEqual({ features: Float32Array.of(6, 6), cached: false });
    expect(await encoder.encode(tile(3), never)).toEqual({ features: Float32Array.of(6, 6), cached: true });
    expect(runs()).toBe(1);
  });

  it('finds on disk what an earlier process encoded, without asking for pixels', async () => {
    const store = (): Promise<FeatureStore> => FeatureStore.open({ directory, maxBytes: 1e6 }, manifest, '1');
    const first = new VisionEncoder(fakeSession().session, manifest, 0, await store());
    await first.encode(tile(3), never);
    await first.dispose(); // waits for the file
    const { session, runs } = fakeSession();
    const second = new VisionEncoder(session, manifest, 0, await store());
    const asked = { digest: 'tile 3', patches: () => Promise.reject(new Error('not needed')) };
    expect(await second.encode(asked, never)).toEqual({ features: Float32Array.of(6, 6), cached: true });
    expect(runs()).toBe(0);
  });

  it('writes nothing to disk by default', async () => {
    const encoder = new VisionEncoder(fakeSession().session, manifest, 1000);
    await encoder.encode(tile(1), never);
    await encoder.dispose();
    expect(await readdir(directory)).toEqual([]);
  });

  it('lets go at once who waits in line, and goes on with the others', async () => {
    const { session, runs } = fakeSession();
    const encoder = new VisionEncoder(session, manifest, 0);
    const control = new AbortController();
    const [first, stopped, last] = [
      encoder.encode(tile(1), never),
      encoder.encode(tile(2), control.signal),
      encoder.encode(tile(3), never),
    ];
    control.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    expect((await first).features).toEqual(Float32Array.of(2, 2));
    expect((await last).features).toEqual(Float32Array.of(6, 6));
    expect(runs()).toBe(2);
  });

  /** Three channels of one value each but for the first value, which the fake graph makes features of. */
  const written = (value: number): TileInput => ({
    digest: `written ${value}`,
    patches: () => new Float32Array(12).fill(value).fill(value + 1, 0, 1),
  });

  it('keeps tiles of one colour while tiles with writing on them come and go', async () => {
    const { session, runs } = fakeSession();
    const encoder = new VisionEncoder(session, manifest, 8); // one tile's features
    const { features } = await encoder.encode(tile(1), never);
    for (let page = 1; page <= 3; page += 1) {
      const encoded = await encoder.encodeAll([tile(1), written(page), tile(1)], never);
      expect(encoded.map(({ cached }) => cached)).toEqual([true, false, true]);
      expect(encoded[0]?.features).toBe(features);
    }
    expect(runs()).toBe(4);
  });

  it('takes for one colour what is equal in every pixel, and keeps no more than a few colours', async () => {
    const { session, runs } = fakeSession();
    const encoder = new VisionEncoder(session, manifest, 0);
    await encoder.encodeAll([written(1), written(1)], never);
    await encoder.encode(written(1), never);
    expect(runs()).toBe(2);
    for (let colour = 0; colour < 9; colour += 1) await encoder.encode(tile(colour), never);
    expect((await encoder.encode(tile(0), never)).cached).toBe(false); // the one used longest ago went
    expect((await encoder.encode(tile(8), never)).cached).toBe(true);
  });

  it('writes tiles of one colour to disk no more than others', async () => {
    const { session } = fakeSession();
    const plain = new VisionEncoder(session, manifest, 0);
    await plain.encode(tile(1), never);
    await plain.dispose();
    expect(await readdir(directory)).toEqual([]);
  });

  it("gives the weights' memory back when no tile waits, and not before", async () => {
    const { session, runs, returns } = fakeSession();
    const encoder = new VisionEncoder(session, manifest, 1e6);
    const encoding = encoder.encode(tile(1), never);
    await encoder.returnWeightPages(); // another answer is done, this one is not
    expect(returns()).toBe(0);
    await encoding;
    await encoder.returnWeightPages();
    expect([runs(), returns()]).toEqual([1, 1]);
    await expect(encoder.encode({ digest: 'broken', patches: () => Promise.reject(new Error('no pixels')) }, never)).rejects.toThrow(
      'no pixels',
    );
    await encoder.returnWeightPages(); // one that failed waits for nothing
    expect(returns()).toBe(2);
  });
});
