import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import type { Manifest } from '../../model-files/manifest.ts';

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

let described: string | undefined;

/** Kind, name and, where the system lists them, all features of the processor. */
function describeProcessor(): string {
  described ??= [platform(), arch(), cpus()[0]?.model ?? '', ...listFeatures()].join(' ');
  return described;
}

function listFeatures(): readonly string[] {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    return (flags ?? '').split(/\s+/).sort();
  } catch {
    return []; // not Linux: the name has to do
  }
}
