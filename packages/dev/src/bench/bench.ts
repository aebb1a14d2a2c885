import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { readModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import { cacheDirectory } from '@h2ovl/core/internal/store/cache-directory';
import type { BenchContext } from './bench-context.ts';
import { findBenchModel } from './bench-models.ts';
import type { PageDevice } from './engines/page-engine.ts';
import { serveEngine } from './engines/serve-engine.ts';
import { neededVariants } from './judged-variants.ts';
import { defaultThreads } from './machine.ts';
import { type BenchOptions, BenchUsageError, parseOptions, usage, type WorkGroup } from './options.ts';
import { prepareCheckpoint, prepareVariants } from './prepare-models.ts';
import { ProgressLine } from './progress-line.ts';
import { formatReport, makeReport } from './report.ts';
import type { Measurement } from './rows.ts';
import { measureDrafts } from './works/drafts.ts';
import { measureGeneration } from './works/generation.ts';
import { fitToDevice, measureGpuPages } from './works/gpu-page.ts';
import { measureLanguage } from './works/language.ts';
import { measureLines } from './works/lines.ts';
import { measureLoad } from './works/load.ts';
import { measurePage } from './works/page.ts';
import { measurePageWays } from './works/page-ways.ts';
import { measureRoofs } from './works/roofs.ts';
import { measureSchema } from './works/schema.ts';
import { measureTile } from './works/tile.ts';

/** Measures and prints the result; resolves to 0, 1 when something could not be measured, 2 for wrong usage, 130 when stopped. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'engine') return serveEngine(argv[1] ?? '');
  if (argv.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort(new Error('stopped'));
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  const progress = new ProgressLine();
  try {
    const options = await fitToDevice(parseOptions(argv), (text) => progress.note(text));
    const { measurements, threads, failures, devices } = await runBench(options, progress, stop.signal);
    progress.clear();
    const report = makeReport(options.model, measurements, { threads, allowBusy: options.allowBusy, devices });
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
    return failures === 0 ? 0 : 1;
  } catch (error) {
    progress.clear();
    if (error instanceof BenchUsageError) {
      process.stderr.write(`${error.message}\n${usage}`);
      return 2;
    }
    if (stop.signal.aborted) return 130;
    process.stderr.write(`${describeError(error)}\n`);
    return 1;
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  }
}

/** Prepares the models and runs the groups that were asked for, one after the other. */
async function runBench(
  options: BenchOptions,
  progress: ProgressLine,
  signal: AbortSignal,
): Promise<{
  readonly measurements: readonly Measurement[];
  readonly threads: number;
  readonly failures: number;
  readonly devices: readonly PageDevice[];
}> {
  const model = findBenchModel(options.model);
  const folder = join(cacheDirectory(), 'bench');
  await mkdir(folder, { recursive: true });
  const preparing = { folder, signal, report: (text: string) => progress.show(text) };
  const checkpoint = await prepareCheckpoint(model, preparing);
  const measurements: Measurement[] = [];
  const threads = options.threads ?? defaultThreads();
  const context: BenchContext = {
    ...{ options, model, folder, threads, signal, progress, checkpoint, begunMs: Date.now() },
    config: await readModelConfig(checkpoint),
    variants: await prepareVariants(checkpoint, options.device === 'webgpu' ? [] : neededVariants(options), {
      ...preparing,
      rebuild: options.rebuild,
    }),
    add: (measurement) => measurements.push(measurement),
  };
  if (options.device === 'webgpu') return { measurements, threads, failures: 0, devices: await measureGpuPages(context) };
  let failures = 0;
  for (const { groups, measure } of works) {
    if (!groups.some((group) => options.only.includes(group))) continue;
    try {
      await measure(context);
    } catch (error) {
      signal.throwIfAborted();
      failures += 1; // the others are measured all the same: a run takes long
      progress.note(`${groups.join(', ')} could not be measured: ${describeError(error)}`);
    }
  }
  return { measurements, threads, failures, devices: [] };
}

const works: readonly { readonly groups: readonly WorkGroup[]; readonly measure: (context: BenchContext) => Promise<void> }[] = [
  { groups: ['roofs'], measure: measureRoofs },
  { groups: ['tile'], measure: measureTile },
  { groups: ['prefill', 'decode', 'batch'], measure: measureLanguage },
  { groups: ['load'], measure: measureLoad },
  { groups: ['page'], measure: measurePage },
  { groups: ['overhead', 'cancel'], measure: measureGeneration },
  { groups: ['schema'], measure: measureSchema },
  { groups: ['drafts'], measure: measureDrafts },
  { groups: ['page-ways'], measure: measurePageWays },
  { groups: ['lines'], measure: measureLines },
];

function describeError(error: unknown): string {
  const hint = VisionError.isInstance(error) && error.hint !== undefined ? ` ${error.hint}` : '';
  return `${error instanceof Error ? error.message : String(error)}${hint}`;
}
