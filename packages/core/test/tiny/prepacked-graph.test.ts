import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint } from '../../src/convert/index.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';
import { DecoderGraph } from '../../src/model/decoder-graph.ts';
import { type OpenedGraph, openGraph } from '../../src/model/packed/prepacked-graph.ts';
import type { GraphName } from '../../src/model/packed/prepacked-key.ts';
import { VisionEncoder } from '../../src/model/vision-encoder.ts';
import type { Manifest } from '../../src/model-files/manifest.ts';
import type { Runtime } from '../../src/runtime/port.ts';
import { adapters, openAdapter } from '../helpers/runtime-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-prepacked-'));
const signal = new AbortController().signal;

beforeAll(() => writeMiniCheckpoint(join(folder, 'checkpoint'), tinyConfig()));
afterAll(() => rmSync(folder, { recursive: true }));

function randomValues(count: number): Float32Array {
  const random = createSeededRandom(3);
  return Float32Array.from({ length: count }, () => random() - 0.5);
}

/** Features of one tile. */
async function encode({ session }: OpenedGraph, manifest: Manifest): Promise<Float32Array> {
  const { tileSizePx } = manifest.model.image;
  const vision = new VisionEncoder(session, manifest, 0);
  try {
    return (await vision.encode({ digest: '', patches: () => randomValues(3 * tileSizePx ** 2) }, signal)).features;
  } finally {
    await vision.dispose();
  }
}

/** Logits after a prompt of 5 tokens, and after one more. */
async function predict({ session }: OpenedGraph, manifest: Manifest, runtime: Runtime): Promise<readonly Float32Array[]> {
  const graph = new DecoderGraph(runtime, session, manifest);
  try {
    await graph.cache.reserve(1, 6);
    const embeddings = randomValues(6 * graph.hiddenSize);
    const prompt = (
      await graph.extend({ row: 0, past: 0, embeddings: embeddings.subarray(0, 5 * graph.hiddenSize) }, Int32Array.of(4), signal)
    ).slice();
    return [prompt, (await graph.step(0, [5], embeddings.subarray(5 * graph.hiddenSize), signal)).slice()];
  } finally {
    await graph.dispose();
  }
}

describe.each(adapters)('a copy with packed weights (%s)', (adapter) => {
  it('computes the same bits as the graph itself, when it is made and when it is found', async () => {
    const { directory, manifest } = await convertCheckpoint(join(folder, 'checkpoint'), join(folder, adapter), { precision: 'balanced' });
    const runtime = await openAdapter(adapter);
    try {
      const open = (graph: GraphName, keepPrepacked: boolean): Promise<OpenedGraph> =>
        openGraph(graph, { runtime, directory, manifest, signal, keepPrepacked, minPrepackedBytes: 1 });
      const compute = async (opened: OpenedGraph, graph: GraphName): Promise<unknown> =>
        graph === 'vision' ? encode(opened, manifest) : predict(opened, manifest, runtime);
      for (const graph of ['vision', 'decoder'] as const) {
        const expected = await compute(await open(graph, false), graph);
        const [made, found] = [await open(graph, true), await open(graph, true)];
        expect([made.reason, found.reason]).toEqual([
          expect.stringContaining('packed now'),
          expect.stringContaining('at an earlier start'),
        ]);
        expect(await compute(made, graph)).toEqual(expected);
        expect(await compute(found, graph)).toEqual(expected);
      }
      expect((await readdir(join(directory, 'prepacked'))).map((name) => name.replace(/-.*/, '')).sort()).toEqual(['decoder', 'vision']);
    } finally {
      await runtime.dispose();
    }
  });
});
