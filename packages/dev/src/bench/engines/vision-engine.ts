import { openGraph } from '@h2ovl/core/internal/model/packed/prepacked-graph';
import { VisionEncoder } from '@h2ovl/core/internal/model/vision-encoder';
import { readManifest } from '@h2ovl/core/internal/model-files/verify-files';
import { openRuntime } from '@h2ovl/core/internal/runtime/open-runtime';
import type { EngineHandlers } from './engine-protocol.ts';
import type { LanguageParams } from './language-engine.ts';

/** Our vision encoder: each question encodes one tile of random pixels; milliseconds. */
export async function start({ directory, threads }: LanguageParams): Promise<EngineHandlers> {
  const manifest = await readManifest(directory);
  const { tileSizePx, patchSizePx } = manifest.model.image;
  const runtime = await openRuntime({ threads });
  const never = new AbortController().signal;
  const { session } = await openGraph('vision', { runtime, directory, manifest, signal: never, keepPrepacked: true });
  const vision = new VisionEncoder(session, manifest, 0);
  const patches = Float32Array.from({ length: (tileSizePx / patchSizePx) ** 2 * 3 * patchSizePx ** 2 }, () => Math.random() * 4 - 2);
  let tile = 0;
  const encode = async (): Promise<number> => {
    tile += 1;
    const started = performance.now();
    const { cached } = await vision.encode({ digest: String(tile), patches: () => patches }, never);
    if (cached) throw new Error(`Tile ${tile} was known already.`);
    return performance.now() - started;
  };
  return { encode };
}
