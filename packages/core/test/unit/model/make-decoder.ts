import { Decoder, type DecoderOptions } from '../../../src/model/decoder.ts';
import { DecoderGraph } from '../../../src/model/decoder-graph.ts';
import type { PromptSource, Sequence } from '../../../src/model/decoder-jobs.ts';
import type { TokenEmbedder } from '../../../src/model/token-embedder.ts';
import type { Manifest } from '../../../src/model-files/manifest.ts';
import { answer, type FakeDecoder, makeFakeDecoder } from '../../helpers/fake-runtime.ts';

export const vocabulary: number = 1000;
export const contextLength: number = 1024;
export const never: AbortSignal = new AbortController().signal;

export function makeDecoder({
  maxCacheBytes,
  onDevice = false,
  ...options
}: Partial<DecoderOptions> & { maxCacheBytes?: number; onDevice?: boolean } = {}): {
  decoder: Decoder;
  fake: FakeDecoder;
} {
  const fake = makeFakeDecoder(vocabulary, { onDevice });
  const model = { hiddenSize: 1, vocabularySize: vocabulary, layers: 1, keyValueHeads: 1, headSize: 1, contextLength };
  const graph = new DecoderGraph(fake.runtime, fake.session, { model } as unknown as Manifest, maxCacheBytes);
  const embedder = {
    hiddenSize: 1,
    embed: (id: number, out: Float32Array, offset: number) => {
      out[offset] = id;
    },
    dispose: () => {},
  } as unknown as TokenEmbedder;
  return { decoder: new Decoder(graph, embedder, { chunkTokens: 16, maxRows: 4, maxIdleBytes: 1e9, ...options }), fake };
}

export function promptOf(ids: readonly number[]): PromptSource {
  return {
    length: ids.length,
    keys: Float64Array.from(ids),
    write: async (start, end, out) => {
      out.set(ids.slice(start, end));
    },
  };
}

export const best = (logits: Float32Array): number => logits.indexOf(1);

/** The answer of `steps` tokens as the definition of the fake gives it. */
export function expected(prompt: readonly number[], steps: number): number[] {
  const ids = [...prompt];
  const out: number[] = [];
  for (let i = 0; i < steps; i += 1) {
    out.push(answer(ids, vocabulary));
    ids.push(out[i] as number);
  }
  return out;
}

export async function generate(sequence: Sequence, steps: number, signal: AbortSignal = never): Promise<number[]> {
  const out = [best(await sequence.prefill(signal, () => {}))];
  while (out.length < steps) out.push(best(await sequence.step(out.at(-1) as number, signal)));
  return out;
}

export const range = (length: number, from = 1): number[] => Array.from({ length }, (_, i) => from + i);

/** Bytes that `rows` rows of `steps` times 256 tokens take at their peak: two tensors, and one of them twice while they grow. */
export const cacheBytes = (rows: number, steps: number): number => 3 * rows * steps * 256 * 4;
