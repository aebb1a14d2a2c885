import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint, type Precision } from '../../src/convert/index.ts';
import { Decoder } from '../../src/model/decoder.ts';
import { DecoderGraph } from '../../src/model/decoder-graph.ts';
import { TokenEmbedder } from '../../src/model/token-embedder.ts';
import { VisionEncoder } from '../../src/model/vision-encoder.ts';
import { cpuForm, type ModelForm } from '../../src/model-files/manifest.ts';
import { readManifest } from '../../src/model-files/verify-files.ts';
import { openFfiRuntime } from '../../src/runtime/ffi/ffi-runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-forms-'));
const checkpoint = join(folder, 'checkpoint');
const never = new AbortController().signal;
const tiles = 3;
const promptTokens = 30;
const steps = 6;

beforeAll(() => writeMiniCheckpoint(checkpoint, tinyConfig()));
afterAll(() => rmSync(folder, { recursive: true }));

interface Computed {
  readonly features: readonly Float32Array[];
  readonly logits: Float32Array;
  /** Best token after each step, from the logits. */
  readonly tokens: readonly number[];
  /** The same as the graph itself names it, where it does. */
  readonly named: readonly number[] | undefined;
  /** Log-probability of the last of them, both ways. */
  readonly scores: readonly [number, number] | undefined;
}

/** Tiles, a prompt with features in it, and steps, with the graphs of a form on the CPU. */
async function compute(name: string, precision: Precision, form?: ModelForm): Promise<Computed> {
  const { directory, manifest } = await convertCheckpoint(checkpoint, join(folder, name), { precision, ...(form && { form }) });
  const runtime = await openFfiRuntime({ threads: 1, reasons: [] });
  try {
    const open = (file: string) => runtime.openSession(join(directory, file));
    const vision = new VisionEncoder(await open(manifest.graphs.vision.file), manifest, 0);
    const patchValues = 3 * manifest.model.image.tileSizePx ** 2;
    const patchesOf = (tile: number): Float32Array => Float32Array.from({ length: patchValues }, (_, i) => Math.sin(i * 0.37 + tile));
    const inputs = Array.from({ length: tiles }, (_, tile) => ({ digest: String(tile), patches: () => patchesOf(tile) }));
    const features = (await vision.encodeAll(inputs, never)).map((tile) => tile.features);
    const embedder = new TokenEmbedder(directory, manifest);
    const graph = new DecoderGraph(runtime, await open(manifest.graphs.decoder.file), manifest);
    const decoder = new Decoder(graph, embedder, { maxRows: 1, maxIdleBytes: 0, chunkTokens: 64 });
    const width = manifest.model.hiddenSize;
    const embeddings = new Float32Array(promptTokens * width);
    for (let i = 0; i < promptTokens; i += 1) embedder.embed(5 + i * 7, embeddings, i * width);
    embeddings.set(features[1] as Float32Array, 3 * width);
    const prompt = {
      length: promptTokens,
      keys: Float64Array.from({ length: promptTokens }, (_, i) => i),
      write: async (start: number, end: number, out: Float32Array) => out.set(embeddings.subarray(start * width, end * width)),
    };
    const sequence = decoder.openSequence(prompt, promptTokens + steps);
    let logits = (await sequence.prefill(never, () => {})).slice();
    const first = best(logits);
    const tokens: number[] = [];
    for (let i = 0, token = first; i < steps; i += 1) {
      logits = (await sequence.step(token, never)).slice();
      token = best(logits);
      tokens.push(token);
    }
    let named: number[] | undefined;
    let scores: [number, number] | undefined;
    if (sequence.stepBest) {
      sequence.truncate(promptTokens);
      named = [];
      for (let i = 0, token = first; i < steps; i += 1) {
        const found = await sequence.stepBest(token, never);
        token = found.token;
        named.push(token);
        scores = [found.logit - found.logSumExp, (logits[best(logits)] as number) - logSumExp(logits)];
      }
    }
    await sequence.dispose();
    await decoder.dispose();
    await vision.dispose();
    return { features, logits, tokens, named, scores };
  } finally {
    await runtime.dispose();
  }
}

const best = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));
const logSumExp = (logits: Float32Array): number => Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));

function difference(actual: Float32Array, expected: Float32Array): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number)))) / largest;
}

const dense = { vision: 'float16', language: 'float16', head: 'float16' } as const;

// The CPU computes these graphs too, slowly: what they say is checked without a GPU, and what a GPU makes of them elsewhere.
// Float32 differs by the order of sums. Float16 weights and values were measured at 1e-3 to 2e-3, int8 at 1e-2 to 3e-2 here.
describe.each([
  ['float32', 'fused', 'exact', 1e-5, 1e-5],
  ['float32', 'written-out', 'exact', 1e-5, 1e-5],
  ['float32', 'fused', 'balanced', 1e-5, 8e-2],
  ['float16', 'fused', dense, 5e-3, 1e-2],
  ['float16', 'written-out', dense, 5e-3, 1e-2],
  ['float16', 'fused', 'balanced', 5e-3, 8e-2],
] as const)('the form for GPUs in %s, attention %s, precision %j', (values, attention, precision, visionTolerance, tolerance) => {
  it('computes what the form for the CPU computes, and names the best token itself', async () => {
    const expected = await compute('cpu', 'exact');
    const name = `${values}-${attention}-${typeof precision === 'string' ? precision : 'dense'}`;
    const made = await compute(name, precision, { device: 'webgpu', values, attention });
    for (const [tile, features] of made.features.entries()) {
      expect(difference(features, expected.features[tile] as Float32Array)).toBeLessThan(visionTolerance);
    }
    expect(difference(made.logits, expected.logits)).toBeLessThan(tolerance);
    expect(made.named).toEqual(made.tokens);
    expect(made.scores?.[0]).toBeCloseTo(made.scores?.[1] as number, values === 'float32' ? 3 : 2);
    expect(expected.named).toBeUndefined();
  });
});

it("the vision graph alone is written for a GPU, in one folder with the CPU's decoder", async () => {
  const [expected, vision] = [await compute('cpu-alone', 'exact'), { device: 'webgpu', values: 'float32', attention: 'fused' } as const];
  const made = await compute('vision-on-gpu', 'exact', { ...cpuForm, vision });
  for (const [tile, features] of made.features.entries()) {
    expect(difference(features, expected.features[tile] as Float32Array)).toBeLessThan(1e-5);
  }
  expect(difference(made.logits, expected.logits)).toBeLessThan(1e-5);
  expect(made.tokens).toEqual(expected.tokens);
  expect(made.named).toBeUndefined(); // the decoder is the CPU's
  const [manifest, cpu] = await Promise.all([readManifest(join(folder, 'vision-on-gpu')), readManifest(join(folder, 'cpu-alone'))]);
  expect(manifest.form).toEqual({ ...cpuForm, vision });
  expect(manifest.files['decoder.onnx.data']).toEqual(cpu.files['decoder.onnx.data']);
  expect(manifest.files['vision.onnx']).not.toEqual(cpu.files['vision.onnx']);
});
