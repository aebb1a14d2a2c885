import { VisionError } from '@h2ovl/contract';
import { describeVisionPlan, type Manifest, type MeasuredVisionPlan } from '@h2ovl/core';
import { defaultPrecision, type GroupError, type PrecisionName } from '@h2ovl/core/convert';
import { Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addPrecisionFlag } from '../flags/model-flags.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { given } from '../given.ts';
import { type Calibrate, measurePlan } from '../measure/measure-plan.ts';
import { formatDuration, formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { createLoadReporter } from '../terminal/progress-labels.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface ConvertRequest extends OutputFlags {
  readonly checkpoint: string;
  /** Undefined: the cache. */
  readonly output: string | undefined;
  readonly precision: PrecisionName | undefined;
  readonly int8Limit: 64 | 127 | undefined;
  readonly calibrate: Calibrate;
}

interface RawConvertFlags extends RawOutputFlags {
  readonly precision?: PrecisionName;
  readonly int8Limit?: '64' | '127';
  /** A folder, true without one, false with --no-calibrate. */
  readonly calibrate?: string | boolean;
}

export const convertCommand: CommandModule = {
  name: 'convert',
  description: 'Convert an original checkpoint, before its first use or for another machine.',
  notes: (h2ovl) => `
The other commands do this by themselves when they meet a checkpoint for the first time.
Precision: exact (weights as the checkpoint stores them), balanced (language part in 8 bits), fast (4 bits where the model bears it).
With balanced, the vision part of a large model is measured as well: which of its matrices bear 8 bits, on pages that come with ${h2ovl} or on images of
yours (--calibrate FOLDER, of which up to 12 tiles are looked at), and what the whole costs, on pages with known texts. Minutes, ten at most for the 0.8B, and as much memory as the model has in
float32; stopped, it goes on where it was. Where 8 bits would change the answers, or time, memory or room on the disk are short, float32 stays. A model that was converted at its first use has float32 until this was done.

Examples:
  ${h2ovl} convert ./h2ovl-mississippi-800m
  ${h2ovl} convert ./h2ovl-mississippi-800m --calibrate ./my-pages
  ${h2ovl} convert ./h2ovl-mississippi-2b ./converted-2b --precision balanced`,

  define: (command, { run }) => {
    addOutputFlags(addPrecisionFlag(command))
      .argument('<checkpoint>', 'alias or folder of the original checkpoint')
      .argument('[output]', 'folder for the result (default: the cache, where the other commands find it)')
      .addOption(
        new Option(
          '--int8-limit <number>',
          'largest magnitude of 8-bit weights: 127 is closer to the original, 64 runs on every CPU (default: what this CPU bears)',
        ).choices(['64', '127']),
      )
      .option(
        '--calibrate [folder]',
        'measure the vision part, on the images of a folder or without one on pages of our own (default: for large models)',
      )
      .option('--no-calibrate', 'leave the vision part in float32')
      .action((checkpoint: string, output: string | undefined, flags: RawConvertFlags) => {
        const int8Limit = flags.int8Limit === undefined ? undefined : flags.int8Limit === '64' ? 64 : 127;
        const { precision, calibrate } = flags;
        if (calibrate !== undefined && calibrate !== false && precision !== undefined && precision !== 'balanced') {
          throw new UsageError(`--calibrate is for the precision balanced; ${precision} keeps its vision part in float32.`);
        }
        run(invoke('convert', { checkpoint, output, precision, int8Limit, calibrate, ...outputFlags(flags) }, convertModel));
      });
  },
};

/** What `convert` tells, and the manifest. */
interface Conversion {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly precision: Manifest['precision'];
  readonly sizeBytes: number;
  /** Whether the cache or the folder held all of it already; then nothing was measured. */
  readonly wasReady: boolean;
  readonly durationMs: number | null;
  readonly errors: readonly GroupError[];
}

/** `convert`: into the cache, where the other commands find it, or into a folder. */
async function convertModel(request: ConvertRequest, context: CommandContext): Promise<number> {
  const located = await context.library.locateModel(request.checkpoint);
  if (located.type === 'converted') {
    throw new VisionError('INVALID_ARGUMENT', `${located.directory} is converted already.`, {
      hint: 'Use it with --model, or pass the folder of the original checkpoint.',
    });
  }
  const conversion = await runConversion(located.directory, request, context);
  context.status.clear();
  const { manifest, ...told } = conversion;
  await context.output.write(request.json ? `${JSON.stringify(told)}\n` : describeConversion(conversion, context.world.h2ovl));
  return 0;
}

async function runConversion(checkpoint: string, request: ConvertRequest, context: CommandContext): Promise<Conversion> {
  const { library, signal, status } = context;
  const { output, precision } = request;
  if (typeof request.calibrate === 'string') await library.findCalibrationPages(request.calibrate); // refused before minutes of work, not behind them
  // What this processor bears; where it bears less than the machine the folder was made on, loading says so.
  const needsProbe = request.int8Limit === undefined && (precision ?? defaultPrecision) !== 'exact';
  const int8Limit = needsProbe ? await library.measureInt8Limit() : request.int8Limit;
  const options = { ...given({ precision, int8Limit }), signal, onProgress: createLoadReporter(status) };
  const convert = async (visionPlan?: MeasuredVisionPlan | null): Promise<Conversion> => {
    if (output !== undefined) {
      const report = await library.convertCheckpoint(checkpoint, output, { ...options, ...(visionPlan && { visionPlan }) });
      const { directory, manifest, durationMs, errors, takenOver } = report;
      const wasReady = takenOver.length === Object.keys(manifest.files).length;
      return { ...summarize(directory, manifest), manifest, wasReady, durationMs, errors };
    }
    const { directory, manifest, report } = await library.ensureConverted(checkpoint, { ...options, ...given({ visionPlan }) });
    const wasReady = report === undefined;
    return { ...summarize(directory, manifest), manifest, wasReady, durationMs: report?.durationMs ?? null, errors: report?.errors ?? [] };
  };
  // Converted first and measured then: whoever stops the measurement has a model to work with.
  const made = await convert(request.calibrate === false ? null : undefined);
  const visionPlan = await measurePlan({ checkpoint, output, manifest: made.manifest, int8Limit, calibrate: request.calibrate }, context);
  return visionPlan === undefined ? made : addEarlier(await convert(visionPlan), made);
}

/** The second conversion takes the language part over from the first, whose errors and time belong to the result as well. */
function addEarlier(planned: Conversion, earlier: Conversion): Conversion {
  const told = new Set(planned.errors.map(({ group }) => group));
  const errors = [...planned.errors, ...earlier.errors.filter(({ group }) => !told.has(group))];
  const times = [planned.durationMs, earlier.durationMs].filter((time) => time !== null);
  return { ...planned, errors, durationMs: times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) };
}

function summarize(directory: string, manifest: Manifest): Pick<Conversion, 'directory' | 'precision' | 'sizeBytes'> {
  const sizeBytes = Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0);
  return { directory, precision: manifest.precision, sizeBytes };
}

function describeConversion(conversion: Conversion, h2ovl: string): string {
  const { directory, precision, sizeBytes, wasReady, durationMs, errors } = conversion;
  const { name, vision, language, head, int8Limit } = precision;
  const limit = int8Limit === null ? '' : `, 8-bit weights up to ${int8Limit}`;
  const made = wasReady || durationMs === null ? 'converted before' : `made in ${formatDuration(durationMs)}`;
  const plan = describeVisionPlan(conversion.manifest);
  const planned = plan === undefined ? '' : `${plan}\n`;
  const facts = `${directory}\n${name}: vision ${vision}, language ${language}, head ${head}${limit}; ${formatSize(sizeBytes)}, ${made}\n${planned}`;
  if (errors.length > 0) return `${facts}\n${describeErrors(errors)}`;
  const isRounded = [vision, language, head].some((format) => format === 'int8' || format === 'int4');
  return wasReady && isRounded
    ? `${facts}The weight errors were shown when it was made; remove it (${h2ovl} models rm, or the folder) to make it again.\n`
    : facts;
}

/** Weights against the checkpoint's: the root of the summed squared errors over that of the squared weights. */
function describeErrors(errors: readonly GroupError[]): string {
  const rows = errors.map(({ group, format, matrices, relativeError, largestError }) => [
    group,
    format,
    String(matrices),
    percent(relativeError),
    percent(largestError),
  ]);
  return formatTable([['WEIGHTS', 'FORMAT', 'MATRICES', 'ERROR', 'LARGEST'], ...rows]);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}
