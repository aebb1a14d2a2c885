import { setTimeout as rest } from 'node:timers/promises';
import type { ModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import type { BenchModel } from './bench-models.ts';
import { watchCpu } from './cpu-watch.ts';
import type { EngineKind } from './engines/engine-protocol.ts';
import { type BenchEngine, openEngine } from './engines/open-engine.ts';
import type { GemmShape, RoofParams } from './engines/roofs-engine.ts';
import type { BenchOptions, Variant } from './options.ts';
import type { PreparedModel } from './prepare-models.ts';
import type { ProgressLine } from './progress-line.ts';
import type { Measurement } from './rows.ts';

/** What every work needs. */
export interface BenchContext {
  readonly options: BenchOptions;
  readonly model: BenchModel;
  readonly config: ModelConfig;
  readonly checkpoint: string;
  readonly variants: ReadonlyMap<Variant, PreparedModel>;
  /** The bench's own cache folder. */
  readonly folder: string;
  readonly threads: number;
  /** When this run began; what `--rebuild` made since is not made again. */
  readonly begunMs: number;
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
  readonly add: (measurement: Measurement) => void;
}

/** A form of the model that was converted for this run. */
export function preparedModel({ variants }: BenchContext, variant: Variant): PreparedModel {
  const prepared = variants.get(variant);
  if (!prepared) throw new Error(`The model was not converted to ${variant}.`);
  return prepared;
}

/** Starts a child process that measures; the caller closes it. */
export function startEngine(
  context: BenchContext,
  kind: EngineKind,
  params: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<BenchEngine> {
  return openEngine(kind, params, { env, signal: context.signal });
}

/** Someone to be measured, and what came out. */
export interface Contestant {
  readonly name: string;
  /** Undefined when there is none to be had any more. */
  readonly sample: () => Promise<number | undefined>;
}

/** Between two samples: threads of a peer that wait busily for more work have given up by then. */
const restMs = 250;

/**
 * Takes samples in turns, A B C A B C, so that what the machine does meanwhile hits all alike. Tells the samples by name, and what other
 * processes took of the machine.
 */
export async function sampleInTurns(
  context: BenchContext,
  work: string,
  contestants: readonly Contestant[],
): Promise<{ readonly samples: ReadonlyMap<string, readonly number[]>; readonly othersShare: number | undefined }> {
  const samples = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const readOthers = watchCpu();
  for (let turn = 1; turn <= context.options.repeat; turn += 1) {
    for (const { name, sample } of contestants) {
      context.signal.throwIfAborted();
      context.progress.show(`${work}: ${name}, ${turn} of ${context.options.repeat}`);
      await rest(restMs);
      const value = await sample();
      if (typeof value === 'number') samples.get(name)?.push(value);
    }
  }
  return { samples, othersShare: readOthers() };
}

/** The samples of a contestant. */
export function samplesOf(samples: ReadonlyMap<string, readonly number[]>, name: string): readonly number[] {
  return samples.get(name) ?? [];
}

/** What a roof sample reads: many times any cache, and less than any model here. */
const roofBytes = 400e6;
const quickRoofBytes = 100e6;

/** The machine itself, as contestants beside the others. */
export interface Roofs {
  readonly bandwidth: Contestant;
  readonly gemm: (shape: GemmShape) => Contestant;
  close(): Promise<void>;
}

/** Starts the process that measures the machine. */
export async function startRoofs(context: BenchContext): Promise<Roofs> {
  const params: RoofParams = { threads: context.threads, readBytes: context.options.quick ? quickRoofBytes : roofBytes };
  const engine = await startEngine(context, 'roofs', params);
  return {
    bandwidth: { name: 'read bandwidth', sample: () => engine.ask<number>('bandwidth') },
    gemm: (shape) => ({ name: gemmName(shape), sample: () => engine.ask<number>('gemm', shape) }),
    close: () => engine.close(),
  };
}

export function gemmName({ type, rows, depth, columns }: GemmShape): string {
  return `${type} GEMM ${rows}x${depth}x${columns}`;
}
