import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint } from '../../src/convert/index.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';
import { type TileInput, VisionEncoder } from '../../src/model/vision-encoder.ts';
import type { Session } from '../../src/runtime/port.ts';
import { normalizePixels } from '../../src/tiles/normalize-pixels.ts';
import { openAdapter } from '../helpers/runtime-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-plain-'));
const { signal } = new AbortController();

const bitsOf = ({ buffer, byteOffset, length }: Float32Array): Uint32Array => new Uint32Array(buffer, byteOffset, length);

beforeAll(() => writeMiniCheckpoint(join(folder, 'checkpoint'), tinyConfig()));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a page with tiles of one colour', () => {
  it('runs the tower once for each colour, over several pages, with the features that encoding each tile gives', async () => {
    const { directory, manifest } = await convertCheckpoint(join(folder, 'checkpoint'), join(folder, 'model'), { precision: 'exact' });
    const { tileSizePx, patchSizePx } = manifest.model.image;
    const pixels = tileSizePx ** 2 * 3;
    const random = createSeededRandom(5);
    const tile = (digest: string, bytes: Uint8Array): TileInput => ({
      digest,
      patches: () => normalizePixels(bytes, { tileSizePx, patchSizePx }),
    });
    const white = tile('white', new Uint8Array(pixels).fill(255));
    const paper = tile(
      'paper',
      Uint8Array.from({ length: pixels }, (_, i) => [250, 246, 230][i % 3] as number),
    );
    const drawn = (name: string): TileInput =>
      tile(
        name,
        Uint8Array.from({ length: pixels }, () => random() * 256),
      );
    const pages = [
      [white, drawn('first'), white, paper],
      [white, drawn('second'), paper, white],
    ];
    const runtime = await openAdapter('ffi');
    let runs = 0;
    const session = await runtime.openSession(join(directory, manifest.graphs.vision.file));
    const counted: Session = {
      inputs: session.inputs,
      outputs: session.outputs,
      returnWeightPages: () => session.returnWeightPages(),
      dispose: () => session.dispose(),
      run: (request) => {
        runs += 1;
        return session.run(request);
      },
    };
    const encoder = new VisionEncoder(counted, manifest, 0);
    try {
      const kept = [await encoder.encodeAll(pages[0] ?? [], signal), await encoder.encodeAll(pages[1] ?? [], signal)];
      expect(runs).toBe(4); // white, first, paper; then second alone
      for (const [page, tiles] of pages.entries()) {
        for (const [index, { patches }] of tiles.entries()) {
          const alone = new VisionEncoder({ ...counted, dispose: async () => {} }, manifest, 0);
          if (tiles[index] === white || tiles[index] === paper) {
            const { features } = await alone.encode({ digest: 'alone', patches }, signal);
            expect(bitsOf(kept[page]?.[index]?.features ?? new Float32Array())).toEqual(bitsOf(features));
          }
        }
      }
    } finally {
      await encoder.dispose();
      await runtime.dispose();
    }
  });
});
