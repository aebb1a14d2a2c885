import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type { Manifest } from '../../model-files/manifest.ts';
import { packedFolder } from '../../model-files/packed-copies.ts';
import type { Runtime, Session } from '../../runtime/port.ts';
import { cacheDirectory } from '../../store/cache-directory.ts';
import { type GraphName, prepackedKey } from './prepacked-key.ts';
import { planPrepacked } from './prepacked-plan.ts';
import {
  type FoundCopy,
  findPrepacked,
  findRefusal,
  type PrepackedPlace,
  refusePrepacked,
  removePrepacked,
  savePrepacked,
} from './prepacked-store.ts';

export interface OpenGraphOptions {
  readonly runtime: Runtime;
  /** Folder of the converted model. */
  readonly directory: string;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
  /** Whether a copy with packed weights may be kept on disk. */
  readonly keepPrepacked: boolean;
  /** Bytes of weights from which on a copy is kept. @default 64 MB */
  readonly minPrepackedBytes?: number;
  /** Where it is noted which files were hashed. @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
}

export interface OpenedGraph {
  readonly session: Session;
  /** How its weights came into memory, where there is something to tell. */
  readonly reason?: string;
}

/**
 * Opens a graph of a converted model. ONNX Runtime packs weights into the order its kernels read; a copy that holds them packed is saved
 * at the first start and opened at later ones, in half the time and with the weights as pages of a file instead of memory of this process.
 * Whatever goes wrong with the copy, the graph is opened without it, and `reason` says why.
 * @throws VisionError SESSION_FAILED, MODEL_FILE_CORRUPT
 */
export async function openGraph(graph: GraphName, options: OpenGraphOptions): Promise<OpenedGraph> {
  const { runtime, directory, manifest, signal } = options;
  signal.throwIfAborted();
  const source = join(directory, manifest.graphs[graph].file);
  const openPlain = (): Promise<Session> => runtime.openSession(source, { spinning: spins(graph) });
  const plan = options.keepPrepacked ? planPrepacked(graph, manifest, options.minPrepackedBytes) : ({ type: 'leave' } as const);
  if (plan.type === 'leave') return { session: await openPlain(), ...(plan.reason !== undefined && { reason: plan.reason }) };
  const place = placeOf(graph, options);
  const copied = await openFromCopy(runtime, { place, source, bytes: plan.bytes, signal }).catch((error: Error) => error);
  if (!(copied instanceof Error)) return copied;
  signal.throwIfAborted();
  // Nobody asked for the copy, so nobody shall suffer for it; a graph that cannot be opened at all fails here.
  const session = await openPlain();
  // It is the copy, not the graph and not this moment: later starts shall not try again.
  if (copied instanceof UselessCopy) await refusePrepacked(place, copied.message).catch(() => {});
  return { session, reason: `Packed weights of the ${graph} graph are not kept: ${copied.message}` };
}

/**
 * Whether idle threads of a run wait actively for its next operator. It pays in a decode step, which has hundreds of short ones; a tile has long ones,
 * and while it is encoded another page may be decoding on the same cores.
 */
function spins(graph: GraphName): boolean {
  return graph === 'decoder';
}

function placeOf(graph: GraphName, { runtime, directory, manifest, home = cacheDirectory() }: OpenGraphOptions): PrepackedPlace {
  return { root: join(directory, packedFolder), graph, key: prepackedKey(graph, manifest, runtime.info.version), home };
}

/** ONNX Runtime saved a copy that it cannot open. */
class UselessCopy extends Error {}

interface CopyRequest {
  readonly place: PrepackedPlace;
  /** The graph's own file. */
  readonly source: string;
  /** Size of the copy. */
  readonly bytes: number;
  readonly signal: AbortSignal;
}

/** Opens the copy, making it first if need be; throws where there is none to be had. */
async function openFromCopy(runtime: Runtime, { place, source, bytes, signal }: CopyRequest): Promise<OpenedGraph> {
  const refusal = await findRefusal(place);
  if (refusal !== undefined) throw new Error(refusal);
  const fact = `The ${place.graph} graph's weights are pages of a file`;
  const found = await findPrepacked(place, signal);
  const known = await openCopy(runtime, place, found);
  if (known) return { session: known, reason: `${fact}, packed at an earlier start.` };
  await savePrepacked(place, bytes, signal, (folder) => writeCopy({ runtime, source, graph: place.graph, folder }));
  signal.throwIfAborted();
  const made = await openCopy(runtime, place, await findPrepacked(place, signal));
  const why = found.type === 'damaged' ? ' because the earlier copy was damaged' : '';
  if (made) return { session: made, reason: `${fact}, packed now${why} and kept for later starts.` };
  throw new UselessCopy('ONNX Runtime could not open the copy it had saved.');
}

/** Whether the graph will be opened from a copy: in little memory, since its weights stay in the file. */
export async function isPrepacked(graph: GraphName, options: OpenGraphOptions): Promise<boolean> {
  if (!options.keepPrepacked || planPrepacked(graph, options.manifest, options.minPrepackedBytes).type === 'leave') return false;
  return (await findPrepacked(placeOf(graph, options), options.signal)).type === 'whole';
}

/** Errors that say something about the file, and not about the moment. */
const unusable: readonly string[] = ['SESSION_FAILED', 'MODEL_FILE_CORRUPT'];

/** Opens a complete copy; one that cannot be opened is removed. */
async function openCopy(runtime: Runtime, place: PrepackedPlace, found: FoundCopy): Promise<Session | undefined> {
  if (found.type !== 'whole') return undefined;
  try {
    return await runtime.openSession(found.file, { graphOptimization: 'none', spinning: spins(place.graph) });
  } catch (error) {
    if (!VisionError.isInstance(error) || !unusable.includes(error.code)) throw error;
    await removePrepacked(place);
    return undefined;
  }
}

/** Loads the graph once for the sake of what ONNX Runtime writes on the way. */
async function writeCopy(copy: {
  readonly runtime: Runtime;
  readonly source: string;
  readonly graph: GraphName;
  readonly folder: string;
}): Promise<void> {
  const session = await copy.runtime.openSession(copy.source, {
    optimizedModelFile: join(copy.folder, `${copy.graph}.onnx`),
    packedWeightsFile: `${copy.graph}.bin`,
  });
  await session.dispose();
}
