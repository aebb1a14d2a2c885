import { join } from 'node:path';
import { convertCheckpointWith } from '../../src/convert/convert-checkpoint.ts';
import { Decoder } from '../../src/model/decoder.ts';
import { DecoderGraph } from '../../src/model/decoder-graph.ts';
import { TokenEmbedder } from '../../src/model/token-embedder.ts';
import { VisionEncoder } from '../../src/model/vision-encoder.ts';
import { graphValues, type Manifest } from '../../src/model-files/manifest.ts';
import type { RunRequest, Runtime, Session } from '../../src/runtime/port.ts';
import { fullAttention } from './full-attention.ts';

/** One checkpoint opened for comparison: the library's own graphs, and a decoder that reads prompts as the reference may have done. */
export interface Variants {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly vision: VisionEncoder;
  readonly embedder: TokenEmbedder;
  /** What the library runs: causal attention, the prompt in chunks. */
  readonly causal: Decoder;
  /** The same, but the prompt too is read token by token: what a causal model is by definition. */
  readonly stepwise: Decoder;
  /** Prompts of the same model read at once and without a mask; the steps after them are the library's own graph on the same cache. */
  readonly unmaskedPrompt: Decoder;
  dispose(): Promise<void>;
}

/** Each tile is read by several runs and encoded once. */
const maxFeatureBytes = 1e9;

/** Converts the checkpoint twice and opens both; `folder` takes the files. */
export async function openVariants(runtime: Runtime, checkpoint: string, folder: string): Promise<Variants> {
  const { directory, manifest } = await convertCheckpointWith(checkpoint, join(folder, 'causal'), { precision: 'exact' }, undefined);
  const unmasked = await convertCheckpointWith(checkpoint, join(folder, 'unmasked'), { precision: 'exact' }, fullAttention);
  const open = (root: string, file: string): Promise<Session> => runtime.openSession(join(root, file));
  const vision = new VisionEncoder(await open(directory, manifest.graphs.vision.file), manifest, maxFeatureBytes);
  const step = await open(directory, manifest.graphs.decoder.file);
  const prompt = await open(unmasked.directory, manifest.graphs.decoder.file);
  const makeDecoder = (session: Session, chunkTokens?: number): Decoder =>
    new Decoder(new DecoderGraph(runtime, session, manifest), new TokenEmbedder(directory, manifest), {
      maxRows: 1,
      maxIdleBytes: 0,
      ...(chunkTokens !== undefined && { chunkTokens }),
    });
  const embedder = new TokenEmbedder(directory, manifest);
  const causal = makeDecoder(step);
  const stepwise = makeDecoder(step, 1);
  const unmaskedPrompt = makeDecoder(switched(prompt, step), manifest.model.contextLength);
  return {
    manifest,
    directory,
    vision,
    embedder,
    causal,
    stepwise,
    unmaskedPrompt,
    dispose: async () => {
      await Promise.all([vision, causal, stepwise, unmaskedPrompt].map((part) => part.dispose()));
      embedder.dispose();
    },
  };
}

/** Runs of several tokens go to `prompt`, runs of one to `step`. Both work on the cache they are given. */
function switched(prompt: Session, step: Session): Session {
  return {
    inputs: step.inputs,
    outputs: step.outputs,
    run: (request: RunRequest) => ((request.inputs[graphValues.embeddings]?.dims[1] ?? 0) > 1 ? prompt : step).run(request),
    dispose: async () => {
      await Promise.all([prompt.dispose(), step.dispose()]);
    },
  };
}
