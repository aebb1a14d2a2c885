import type { LinearFormat, Manifest } from '../../model-files/manifest.ts';
import type { GraphName } from './prepacked-key.ts';

/** Whether a copy with packed weights is worth keeping, how large it will be, and why not. */
export type PrepackedPlan = { readonly type: 'keep'; readonly bytes: number } | { readonly type: 'leave'; readonly reason?: string };

/** Below this the graph opens in a twentieth of a second as it is. */
const minDataBytes = 64_000_000;

/** Formats whose packed form ONNX Runtime 1.27.0 saves and whose copy pays (docs/decisions/0004-prepacked-weights.md). */
const payingFormats: Readonly<Record<GraphName, readonly LinearFormat[]>> = { vision: ['float32', 'int8'], decoder: ['int8'] };

/** Weights as they are and packed, both of one size in the paying formats, and the graph. */
const copyRatio = 2.02;

/** `smallest`: bytes of weights from which on a copy is kept. */
export function planPrepacked(graph: GraphName, { graphs, files, precision }: Manifest, smallest: number = minDataBytes): PrepackedPlan {
  const dataBytes = files[graphs[graph].data]?.size ?? 0;
  if (dataBytes < smallest) return { type: 'leave' };
  const format = graph === 'vision' ? precision.vision : precision.language;
  if (payingFormats[graph].includes(format)) return { type: 'keep', bytes: Math.ceil(dataBytes * copyRatio) };
  const why = format === 'int4' ? 'ONNX Runtime does not save the packed form of int4' : `a copy of ${format} weights takes too much disk`;
  return { type: 'leave', reason: `Packed weights of the ${graph} graph are not kept: ${why}.` };
}
