import { createHash } from 'node:crypto';
import type { Manifest } from '../../model-files/manifest.ts';
import { describeProcessor } from '../../runtime/cpu-features.ts';

export type GraphName = 'vision' | 'decoder';

/** Raised when the way copies are made changes. */
const layoutVersion = 1;

/**
 * Names a copy of a graph with packed weights: its files by digest, the runtime's version, and the processor, whose instruction sets decide
 * how weights are packed. 16 hex digits.
 */
export function prepackedKey(
  graph: GraphName,
  { graphs, files }: Manifest,
  runtimeVersion: string,
  processor: string = describeProcessor(),
): string {
  const { file, data } = graphs[graph];
  const parts = [layoutVersion, files[file]?.sha256, files[data]?.sha256, runtimeVersion, processor];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
