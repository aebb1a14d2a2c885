import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from '../../store/cache-directory.ts';
import { parseJson } from '../../store/parse-json.ts';
import { writePrivateFile } from '../../store/private-file.ts';
import type { TriedDevice } from './device-facts.ts';
import type { ProbeDepth } from './probe-protocol.ts';

const speed = z.object({ promptRows: z.number().positive(), steps: z.number().positive() });
const adapter = z.object({
  name: z.string(),
  kind: z.enum(['discrete', 'integrated', 'virtual', 'software', 'other']),
  memoryBytes: z.number().nonnegative(),
  driverVersion: z.string(),
});
/** Raised when what is tried, or what counts as right, changes: older records are then forgotten. */
const recordVersion = 1;
const schema = z.object({
  version: z.literal(recordVersion),
  state: z.enum(['right', 'wrong', 'software', 'missing', 'crashed', 'hung']),
  depth: z.enum(['listed', 'opened', 'measured']),
  reason: z.string(),
  adapters: z.array(adapter),
  adapter: adapter.optional(),
  notes: z.array(z.string()),
  speeds: z.object({ cpu: speed, webgpu: speed }).optional(),
  triedAt: z.string(),
});

const recordFile = (identity: string, home: string): string => join(home, 'devices', `${identity}.json`);

/** What is remembered of this machine and driver, as far as it says what `depth` asks. A record that cannot be read is none. */
export async function readRecord(identity: string, depth: ProbeDepth, home: string = cacheDirectory()): Promise<TriedDevice | undefined> {
  try {
    const { version: _, ...record } = schema.parse(parseJson(await readFile(recordFile(identity, home), 'utf8')));
    const tried: TriedDevice = { ...record, adapter: record.adapter, speeds: record.speeds };
    return answers(tried, depth) ? tried : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps it for the next start, for this user alone. A home folder that cannot be written only means that the GPU is tried again. */
export async function writeRecord(identity: string, tried: TriedDevice, home: string = cacheDirectory()): Promise<void> {
  await writePrivateFile(recordFile(identity, home), `${JSON.stringify({ version: recordVersion, ...tried }, null, 2)}\n`).catch(() => {});
}

function answers({ state, depth, adapter: taken }: TriedDevice, wanted: ProbeDepth): boolean {
  if (state !== 'right' && state !== 'software') return true; // refused, whatever is asked
  if (wanted === 'opened') return depth !== 'listed';
  return depth === 'measured' || (wanted === 'auto' && taken?.kind === 'software');
}
