import type { LoadProgress } from '@h2ovl/contract';
import { Decoder } from '../../model/decoder.ts';
import { DecoderGraph } from '../../model/decoder-graph.ts';
import { chunkTokensFor } from '../../model/graph-form.ts';
import { openGraph } from '../../model/packed/prepacked-graph.ts';
import { TileIdentities } from '../../model/tile-identities.ts';
import { TokenEmbedder } from '../../model/token-embedder.ts';
import type { Runtime } from '../../runtime/port.ts';
import type { PreparedPrecision } from '../open-precision.ts';

/** What reads pages: a model without its vision part, whose features come from elsewhere. */
export interface LanguagePart {
  readonly decoder: Decoder;
  readonly embedder: TokenEmbedder;
  readonly identities: TileIdentities;
  dispose(): Promise<void>;
}

/** Opens the language part alone: the float32 tower beside it would take as much memory again as half of it. The caller disposes of it. */
export async function openLanguagePart(
  { directory, manifest }: PreparedPrecision,
  options: { readonly runtime: Runtime; readonly signal: AbortSignal; readonly onProgress: (progress: LoadProgress) => void },
): Promise<LanguagePart> {
  const { runtime, signal, onProgress } = options;
  onProgress({ type: 'session', name: 'decoder', done: 0, total: 1 });
  // Read once: a copy with packed weights would only fill the disk.
  const { session } = await openGraph('decoder', { runtime, directory, manifest, signal, keepPrepacked: false });
  try {
    const embedder = new TokenEmbedder(directory, manifest);
    const limits = { chunkTokens: chunkTokensFor(manifest.form), maxRows: 1, maxIdleBytes: 0 };
    const decoder = new Decoder(new DecoderGraph(runtime, session, manifest), embedder, limits);
    onProgress({ type: 'session', name: 'decoder', done: 1, total: 1 });
    return { decoder, embedder, identities: new TileIdentities(), dispose: () => decoder.dispose() };
  } catch (error) {
    await session.dispose();
    throw error;
  }
}
