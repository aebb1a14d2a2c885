import { join } from 'node:path';
import { convertCheckpoint } from '@h2ovl/core/internal/convert/convert-checkpoint';
import type { Precision } from '@h2ovl/core/internal/convert/index';
import { Decoder } from '@h2ovl/core/internal/model/decoder';
import { DecoderGraph } from '@h2ovl/core/internal/model/decoder-graph';
import { chunkTokensFor } from '@h2ovl/core/internal/model/graph-form';
import { TileIdentities } from '@h2ovl/core/internal/model/tile-identities';
import { TokenEmbedder } from '@h2ovl/core/internal/model/token-embedder';
import { VisionEncoder } from '@h2ovl/core/internal/model/vision-encoder';
import { cpuForm, type Manifest, type ModelForm } from '@h2ovl/core/internal/model-files/manifest';
import type { Runtime, Session } from '@h2ovl/core/internal/runtime/port';

/** One checkpoint opened for comparison: the library's own graphs, and two ways of reading a prompt with them. */
export interface Variants {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly vision: VisionEncoder;
  readonly embedder: TokenEmbedder;
  readonly identities: TileIdentities;
  /** What the library runs: the prompt in chunks. */
  readonly chunked: Decoder;
  /** The same, but the prompt too is read token by token: what a causal model is by definition. On the CPU, where that is affordable. */
  readonly stepwise: Decoder | undefined;
  dispose(): Promise<void>;
}

/** Each tile is read by several runs and encoded once. */
const maxFeatureBytes = 1e9;

export interface VariantOptions {
  /** @default 'exact' */
  readonly precision?: Precision;
  /** @default the CPU's */
  readonly form?: ModelForm;
  /** Where the vision part computes. @default where the rest does */
  readonly visionRuntime?: Runtime | undefined;
}

/** Converts the checkpoint into `folder` and opens it. */
export async function openVariants(
  runtime: Runtime,
  checkpoint: string,
  folder: string,
  { precision = 'exact', form = cpuForm, visionRuntime = runtime }: VariantOptions = {},
): Promise<Variants> {
  const { directory, manifest } = await convertCheckpoint(checkpoint, join(folder, 'converted'), { precision, form });
  const { vision: visionGraph, decoder: decoderGraph } = manifest.graphs;
  const vision = new VisionEncoder(await visionRuntime.openSession(join(directory, visionGraph.file)), manifest, maxFeatureBytes);
  const session: Session = await runtime.openSession(join(directory, decoderGraph.file));
  const makeDecoder = (chunkTokens?: number): Decoder =>
    new Decoder(new DecoderGraph(runtime, session, manifest), new TokenEmbedder(directory, manifest), {
      maxRows: 1,
      maxIdleBytes: 0,
      ...(chunkTokens !== undefined && { chunkTokens }),
    });
  const embedder = new TokenEmbedder(directory, manifest);
  const chunked = makeDecoder(chunkTokensFor(form));
  const stepwise = form.device === 'cpu' ? makeDecoder(1) : undefined;
  return {
    manifest,
    directory,
    vision,
    embedder,
    identities: new TileIdentities(),
    chunked,
    stepwise,
    dispose: async () => {
      await Promise.all([vision, chunked, stepwise].map((part) => part?.dispose()));
      embedder.dispose();
    },
  };
}
