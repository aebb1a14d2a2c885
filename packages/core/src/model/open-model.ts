import type { LoadProgress } from '@h2ovl/contract';
import { describeVisionPlan } from '../model-files/describe-vision-plan.ts';
import { type Manifest, visionFormOf } from '../model-files/manifest.ts';
import type { Runtime, Session } from '../runtime/port.ts';
import { Decoder, type DecoderOptions } from './decoder.ts';
import { DecoderGraph } from './decoder-graph.ts';
import { type FeatureCacheOptions, FeatureStore } from './feature-store.ts';
import { chunkTokensFor } from './graph-form.ts';
import { isPrepacked, type OpenGraphOptions, openGraph } from './packed/prepacked-graph.ts';
import { TileIdentities } from './tile-identities.ts';
import { TokenEmbedder } from './token-embedder.ts';
import { VisionEncoder } from './vision-encoder.ts';

/** The parts of an opened model. */
export interface OpenedModel {
  readonly vision: VisionEncoder;
  readonly decoder: Decoder;
  readonly embedder: TokenEmbedder;
  /** Of the tiles in the decoder's cache. */
  readonly identities: TileIdentities;
  /** How the vision part computes, how the weights came into memory, and why. */
  readonly reasons: readonly string[];
  dispose(): Promise<void>;
}

export interface OpenModelOptions extends DecoderOptions {
  /** Where the vision part computes. @default where the rest does */
  readonly visionRuntime?: Runtime | undefined;
  /** Bytes of tile features kept for further questions about the same pages. */
  readonly maxFeatureBytes: number;
  /** Bytes the decoder's cache may take, at its peak. @default no limit */
  readonly maxCacheBytes?: number;
  /** Keeps them on disk too. */
  readonly featureCache?: FeatureCacheOptions;
  /** Whether copies of large graphs with packed weights may be kept in the model's folder, for faster starts. @default true */
  readonly keepPrepacked?: boolean;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens the graphs of a converted model: one after the other, so that the peak is the sum of one load and what is already there; or both at
 * once where a copy with packed weights makes one of the loads cheap.
 */
export async function openModel(runtime: Runtime, directory: string, manifest: Manifest, options: OpenModelOptions): Promise<OpenedModel> {
  const { signal } = options;
  const forms = { vision: visionFormOf(manifest.form), decoder: manifest.form };
  const graphOptions = (name: 'vision' | 'decoder'): OpenGraphOptions => ({
    runtime: name === 'vision' ? (options.visionRuntime ?? runtime) : runtime,
    ...{ directory, manifest, signal },
    keepPrepacked: (options.keepPrepacked ?? true) && forms[name].device === 'cpu', // a GPU packs nothing
  });
  const opened: Session[] = [];
  const visionPlan = describeVisionPlan(manifest);
  const reasons: string[] = visionPlan === undefined ? [] : [visionPlan];
  const open = async (name: 'vision' | 'decoder'): Promise<Session> => {
    options.onProgress({ type: 'session', name, done: opened.length, total: 2 });
    const { session, reason } = await openGraph(name, graphOptions(name));
    opened.push(session);
    if (reason !== undefined) reasons.push(reason);
    options.onProgress({ type: 'session', name, done: opened.length, total: 2 });
    return session;
  };
  let embedder: TokenEmbedder | undefined;
  try {
    const store = options.featureCache && (await FeatureStore.open(options.featureCache, manifest, runtime.info.version));
    embedder = new TokenEmbedder(directory, manifest);
    const isOneCheap = (await isPrepacked('vision', graphOptions('vision'))) || (await isPrepacked('decoder', graphOptions('decoder')));
    const [visionSession, decoderSession] = isOneCheap
      ? await settleBoth(open('vision'), open('decoder'))
      : [await open('vision'), await open('decoder')];
    const vision = new VisionEncoder(visionSession, manifest, options.maxFeatureBytes, store);
    const graph = new DecoderGraph(runtime, decoderSession, manifest, options.maxCacheBytes);
    const decoder = new Decoder(graph, embedder, { chunkTokens: chunkTokensFor(manifest.form), ...options });
    const onDevices = [...(forms.vision.device === 'cpu' ? [] : [vision]), ...(forms.decoder.device === 'cpu' ? [] : [graph])];
    if (onDevices.length > 0) await warmUp(onDevices, options);
    signal.throwIfAborted();
    return {
      vision,
      decoder,
      embedder,
      identities: new TileIdentities(),
      reasons,
      dispose: async () => {
        await Promise.all([vision.dispose(), decoder.dispose()]);
      },
    };
  } catch (error) {
    embedder?.dispose();
    await Promise.all(opened.map((session) => session.dispose()));
    throw error;
  }
}

/** The first run of everything on a GPU compiles its programs, which takes seconds: now, and not while the first page is read. */
async function warmUp(
  parts: readonly { warmUp(signal: AbortSignal): Promise<void> }[],
  { onProgress, signal }: Pick<OpenModelOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  for (const [done, part] of parts.entries()) {
    onProgress({ type: 'session', name: 'warm-up', done, total: parts.length });
    await part.warmUp(signal);
  }
  onProgress({ type: 'session', name: 'warm-up', done: parts.length, total: parts.length });
}

/** Both, or the first error; either way nothing is still under way afterwards. */
async function settleBoth<T>(first: Promise<T>, second: Promise<T>): Promise<readonly [T, T]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
