import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchContext, startEngine } from '../bench-context.ts';
import type { BenchEngine } from '../engines/open-engine.ts';
import { installPeer, llamaPackage, quietEnvironment, transformersPackage } from './install-peer.ts';
import { writeGguf } from './write-gguf.ts';
import { type PeerFormat, writeOnnxPeer } from './write-onnx-peer.ts';

/** A peer that is open and answers. */
export interface Peer {
  readonly name: string;
  readonly engine: BenchEngine;
  readonly canBatch: boolean;
  /** A second setting of a peer that is there already; measured where it may be the better one. */
  readonly isExtra: boolean;
}

/** Installs the peers, writes their models and opens each in a process of its own. One that cannot run is told of and left out. */
export async function openPeers(context: BenchContext): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  const attempt = async (name: string, extra: Pick<Peer, 'canBatch' | 'isExtra'>, open: () => Promise<BenchEngine>): Promise<void> => {
    context.progress.show(`opening ${name}: its model`);
    try {
      peers.push({ name, engine: await open(), ...extra });
    } catch (error) {
      context.signal.throwIfAborted();
      context.progress.note(`${name} could not be run and is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  try {
    await attempt('node-llama-cpp Q4_0', { canBatch: true, isExtra: false }, () => openLlama(context, true));
    await attempt('node-llama-cpp Q4_0, flash off', { canBatch: true, isExtra: true }, () => openLlama(context, false));
    for (const format of ['q4', 'q8'] as const) {
      await attempt(`transformers.js ${format}`, { canBatch: false, isExtra: false }, () => openTransformers(context, format));
    }
    return peers;
  } catch (error) {
    for (const { engine } of peers) await engine.close();
    throw error;
  }
}

async function openLlama(context: BenchContext, flashAttention: boolean): Promise<BenchEngine> {
  const { folder, model, config, threads, signal } = context;
  const packageFolder = await installPeer(llamaPackage, join(folder, 'peers', 'node-llama-cpp'), reporting(context));
  const file = join(folder, model.name, 'peer-q4_0.gguf');
  if (await isWanted(context, file)) await writeGguf(file, config.language, signal);
  const { vocabularySize } = config.language;
  return startEngine(context, 'llama', { packageFolder, file, threads, vocabularySize, flashAttention }, quietEnvironment);
}

async function openTransformers(context: BenchContext, format: PeerFormat): Promise<BenchEngine> {
  const { folder, model, config, threads, signal } = context;
  const packageFolder = await installPeer(transformersPackage, join(folder, 'peers', 'transformers'), reporting(context));
  const modelsFolder = join(folder, model.name, 'peer-onnx');
  await mkdir(modelsFolder, { recursive: true });
  if (await isWanted(context, join(modelsFolder, format))) await writeOnnxPeer(join(modelsFolder, format), config.language, format, signal);
  const { vocabularySize } = config.language;
  return startEngine(context, 'transformers', { packageFolder, modelsFolder, format, threads, vocabularySize }, quietEnvironment);
}

function reporting({ signal, progress }: BenchContext): { readonly signal: AbortSignal; readonly report: (text: string) => void } {
  return { signal, report: (text) => progress.show(text) };
}

/** Whether a peer's file or folder is to be written: it is not there, or everything is made anew and this was not yet. */
async function isWanted({ options, begunMs }: BenchContext, path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return true;
  if (!options.rebuild || found.mtimeMs >= begunMs) return false;
  await rm(path, { recursive: true });
  return true;
}
