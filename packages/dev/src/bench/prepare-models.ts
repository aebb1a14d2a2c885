import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadProgress } from '@h2ovl/contract';
import { ensureConverted, type Precision } from '@h2ovl/core/internal/convert/index';
import type { Manifest } from '@h2ovl/core/internal/model-files/manifest';
import { probeInt8Limit } from '@h2ovl/core/internal/runtime/int8-probe';
import { openRuntime } from '@h2ovl/core/internal/runtime/open-runtime';
import { writeSyntheticCheckpoint } from '../synthetic/synthetic-checkpoint.ts';
import type { BenchModel } from './bench-models.ts';
import type { Variant } from './options.ts';

export interface PrepareOptions {
  /** The bench's own cache folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}

export interface PreparedModel {
  readonly directory: string;
  readonly manifest: Manifest;
}

const precisions: Readonly<Record<Variant, Precision>> = {
  exact: 'exact',
  balanced: 'balanced',
  fast: 'fast',
  int8: { vision: 'int8', language: 'int8', head: 'int8' },
};

const syntheticSeed = 1;

/** Writes the synthetic checkpoint of a model when it is not there; returns its folder. */
export async function prepareCheckpoint(model: BenchModel, { folder, signal, report }: PrepareOptions): Promise<string> {
  const directory = join(folder, model.name, 'checkpoint');
  if (await exists(directory)) return directory;
  const unfinished = join(folder, model.name, `.checkpoint-${process.pid}`);
  try {
    await writeSyntheticCheckpoint({
      ...{ directory: unfinished, config: model.config, seed: syntheticSeed, tokenizerModel: model.tokenizerModel, signal },
      onProgress: describeProgress(`writing a synthetic ${model.name}`, report),
    });
    await mkdir(join(folder, model.name), { recursive: true });
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(directory))) throw error; // else another bench was faster
  }
  return directory;
}

/** The converted forms of a checkpoint, made when they are not there. */
export async function prepareVariants(
  checkpoint: string,
  wanted: readonly Variant[],
  { folder, signal, report, rebuild }: PrepareOptions & { readonly rebuild: boolean },
): Promise<ReadonlyMap<Variant, PreparedModel>> {
  const runtime = await openRuntime();
  const int8Limit = await probeInt8Limit(runtime).finally(() => runtime.dispose());
  const prepared = new Map<Variant, PreparedModel>();
  for (const variant of wanted) {
    const options = { precision: precisions[variant], int8Limit, home: folder, signal };
    const onProgress = describeProgress(`converting to ${variant}`, report);
    const found = await ensureConverted(checkpoint, { ...options, onProgress });
    if (rebuild && found.report === undefined) {
      await rm(found.directory, { recursive: true, force: true });
      prepared.set(variant, await ensureConverted(checkpoint, { ...options, onProgress }));
    } else {
      prepared.set(variant, found);
    }
  }
  return prepared;
}

function describeProgress(what: string, report: (text: string) => void): (progress: LoadProgress) => void {
  return (progress) => {
    if (progress.type === 'wait') report(`${what}: ${progress.reason}`);
    if (progress.type !== 'convert' && progress.type !== 'verify') return;
    report(`${what}: ${progress.type === 'verify' ? 'reading' : ''} ${Math.floor((progress.doneBytes / progress.totalBytes) * 100)} %`);
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
