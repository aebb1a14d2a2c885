import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint, ensureConverted } from '../../src/convert/index.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';
import { locateModel } from '../../src/index.ts';
import { DecoderGraph } from '../../src/model/decoder-graph.ts';
import { fewestPositions } from '../../src/model/row-table.ts';
import { TokenEmbedder } from '../../src/model/token-embedder.ts';
import { openFfiRuntime } from '../../src/runtime/ffi/ffi-runtime.ts';
import { probeInt8Limit } from '../../src/runtime/int8-probe.ts';
import { useOwnHome } from '../helpers/own-home.ts';
import { adapters, openAdapter } from '../helpers/runtime-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-positions-'));
const signal = new AbortController().signal;
const promptTokens = 5;
const draftTokens = 4;

beforeAll(async () => {
  const config = tinyConfig();
  Object.assign(config.llm_config, { max_position_embeddings: 512 });
  await writeMiniCheckpoint(join(folder, 'checkpoint'), config);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(adapters)('several positions with a past in one run (%s)', (adapter) => {
  it.each(['exact', 'balanced', 'fast'] as const)('give the logits of single steps (%s)', async (precision) => {
    await withGraph(adapter, precision, async (graph) => {
      const random = createSeededRandom(3);
      const width = graph.hiddenSize;
      const embeddings = Float32Array.from({ length: (promptTokens + draftTokens) * width }, () => random() - 0.5);
      const at = (position: number, count: number): Float32Array => embeddings.subarray(position * width, (position + count) * width);
      await graph.cache.reserve(1, promptTokens + draftTokens);
      // As a prompt is read: no logits until its end.
      expect(await graph.extend({ row: 0, past: 0, embeddings: at(0, promptTokens) }, new Int32Array(0), signal)).toHaveLength(0);
      const together = (
        await graph.extend({ row: 0, past: promptTokens, embeddings: at(promptTokens, draftTokens) }, Int32Array.of(0, 1, 2, 3), signal)
      ).slice();
      const some = (
        await graph.extend({ row: 0, past: promptTokens, embeddings: at(promptTokens, draftTokens) }, Int32Array.of(3, 1), signal)
      ).slice();
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
    });
  });

  it.each(['exact', 'balanced', 'fast'] as const)('give the same logits in runs of any size (%s)', async (precision) => {
    await withGraph(adapter, precision, async (graph) => {
      const tokens = 300;
      const random = createSeededRandom(4);
      const embeddings = Float32Array.from({ length: tokens * graph.hiddenSize }, () => random() - 0.5);
      await graph.cache.reserve(1, tokens);
      const inRunsOf = async (size: number): Promise<Float32Array> => {
        for (let past = 0; ; past += size) {
          const end = Math.min(past + size, tokens);
          const run = { row: 0, past, embeddings: embeddings.subarray(past * graph.hiddenSize, end * graph.hiddenSize) };
          const logits = await graph.extend(run, Int32Array.of(end - past - 1), signal);
          if (end === tokens) return logits.slice();
        }
      };
      const whole = await inRunsOf(tokens);
      for (const size of [2, 128, 256]) expect(await inRunsOf(size)).toEqual(whole);
    });
  });

  it('write their logits into memory that is given, where they fit', async () => {
    await withGraph(adapter, 'exact', async (graph) => {
      const run = { row: 0, past: 0, embeddings: new Float32Array(3 * graph.hiddenSize).fill(0.1) };
      await graph.cache.reserve(1, 3);
      const wanted = Int32Array.of(0, 1, 2);
      const logits = (await graph.extend(run, wanted, signal)).slice();
      const memory = new Float32Array(logits.length + 1).fill(7);
      const written = await graph.extend(run, wanted, signal, memory);
      expect(written.buffer).toBe(memory.buffer);
      expect([...memory]).toEqual([...logits, 7]);
      const small = new Float32Array(logits.length - 1).fill(7);
      expect([...(await graph.extend(run, wanted, signal, small))]).toEqual([...logits]);
      expect(small.every((value) => value === 7)).toBe(true);
    });
  });
});

/** A decoder with its cache, open for the time of `use`. */
async function withGraph(
  adapter: (typeof adapters)[number],
  precision: 'exact' | 'balanced' | 'fast',
  use: (graph: DecoderGraph) => Promise<void>,
): Promise<void> {
  const output = join(folder, `${adapter}-${precision}`);
  const { directory, manifest } = await convertCheckpoint(join(folder, 'checkpoint'), output, { precision });
  const runtime = await openAdapter(adapter);
  const graph = new DecoderGraph(runtime, await runtime.openSession(join(directory, manifest.graphs.decoder.file)), manifest);
  try {
    await use(graph);
  } finally {
    await graph.dispose();
    await runtime.dispose();
  }
}

describe.each(['exact', 'balanced', 'fast'] as const)('runs of two positions and more at the precision %s', (precision) => {
  useOwnHome();
  const positions = 160;
  const sizes = [3, 4, 5, 8, 16, 17, 33, 127, 128];

  // What a drafted answer stands on: nobody can tell from the logits how many candidates were read along.
  it.each([1, 2, 3])('give the same logits to the last bit, however many there are (%i threads)', async (threads) => {
    const runtime = await openFfiRuntime({ threads, reasons: ['a test'] });
    const { directory: checkpoint } = await locateModel('nano');
    const { directory, manifest } = await ensureConverted(checkpoint, { precision, int8Limit: await probeInt8Limit(runtime) });
    const graph = new DecoderGraph(runtime, await runtime.openSession(join(directory, manifest.graphs.decoder.file)), manifest);
    const embedder = new TokenEmbedder(directory, manifest);
    try {
      const random = createSeededRandom(11);
      const width = graph.hiddenSize;
      const embeddings = new Float32Array(positions * width);
      for (let at = 0; at < positions; at += 1)
        embedder.embed(Math.floor(random() * manifest.model.vocabularySize), embeddings, at * width);
      await graph.cache.reserve(1, positions);
      /** The logits of each position, read so many at a time. */
      const read = async (size: number): Promise<readonly Buffer[]> => {
        const rows: Buffer[] = [];
        for (let at = 0; at < positions; ) {
          const left = positions - at;
          const count = left - size < fewestPositions ? left : size; // none is left over to be read alone
          const wanted = Int32Array.from({ length: count }, (_, place) => place);
          const logits = await graph.extend(
            { row: 0, past: at, embeddings: embeddings.subarray(at * width, (at + count) * width) },
            wanted,
            signal,
          );
          const bytes = Buffer.from(logits.slice().buffer);
          for (let place = 0; place < count; place += 1)
            rows.push(bytes.subarray((place * bytes.length) / count, ((place + 1) * bytes.length) / count));
          at += count;
        }
        return rows;
      };
      const pairs = await read(2);
      for (const size of sizes) {
        const differing = (await read(size)).flatMap((row, at) => (row.equals(pairs[at] as Buffer) ? [] : [at]));
        expect({ size, differing }).toEqual({ size, differing: [] });
      }
    } finally {
      await graph.dispose();
      embedder.dispose();
      await runtime.dispose();
    }
  });
});
