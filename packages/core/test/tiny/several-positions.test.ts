import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint } from '../../src/convert/index.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';
import { DecoderGraph } from '../../src/model/decoder-graph.ts';
import { adapters, openAdapter } from '../helpers/runtime-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-positions-'));
const signal = new AbortController().signal;
const promptTokens = 5;
const draftTokens = 4;

beforeAll(() => writeMiniCheckpoint(join(folder, 'checkpoint'), tinyConfig()));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(adapters)('several positions with a past in one run (%s)', (adapter) => {
  it.each(['exact', 'balanced', 'fast'] as const)('give the logits of single steps (%s)', async (precision) => {
    const output = join(folder, `${adapter}-${precision}`);
    const { directory, manifest } = await convertCheckpoint(join(folder, 'checkpoint'), output, { precision });
    const runtime = await openAdapter(adapter);
    const graph = new DecoderGraph(runtime, await runtime.openSession(join(directory, manifest.graphs.decoder.file)), manifest);
    try {
      const random = createSeededRandom(3);
      const width = graph.hiddenSize;
      const embeddings = Float32Array.from({ length: (promptTokens + draftTokens) * width }, () => random() - 0.5);
      const at = (position: number, count: number): Float32Array => embeddings.subarray(position * width, (position + count) * width);
      await graph.cache.reserve(1, promptTokens + draftTokens);
      // As a prompt is read: no logits until its end.
      expect(await graph.extend(0, 0, at(0, promptTokens), new Int32Array(0), signal)).toHaveLength(0);
      const together = (await graph.extend(0, promptTokens, at(promptTokens, draftTokens), Int32Array.of(0, 1, 2, 3), signal)).slice();
      const some = (await graph.extend(0, promptTokens, at(promptTokens, draftTokens), Int32Array.of(3, 1), signal)).slice();
      const vocabulary = together.length / draftTokens;
      const logitsAt = (place: number): Float32Array => together.subarray(place * vocabulary, (place + 1) * vocabulary);
      expect([...some]).toEqual([...logitsAt(3), ...logitsAt(1)]);
      let largest = 0;
      for (let i = 0; i < draftTokens; i += 1) {
        const alone = await graph.step(0, [promptTokens + i], at(promptTokens + i, 1), signal);
        alone.forEach((logit, id) => {
          largest = Math.max(largest, Math.abs(logit - (logitsAt(i)[id] as number)));
        });
      }
      // Both kernels add up in float32 in different orders; int8 inputs are rounded per token, so equally in both.
      expect(largest).toBeLessThan(1e-4);
    } finally {
      await graph.dispose();
      await runtime.dispose();
    }
  });
});
