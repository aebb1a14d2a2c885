import { VisionError } from '@h2ovl/contract';
import type { Manifest } from '@h2ovl/core';
import { defaultPrecision, type GroupError, type PrecisionName } from '@h2ovl/core/convert';
import { Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addPrecisionFlag } from '../flags/model-flags.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { given } from '../given.ts';
import { formatDuration, formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { createLoadReporter } from '../terminal/progress-labels.ts';
import { type CommandModule, invoke } from './command.ts';

interface ConvertRequest extends OutputFlags {
  readonly checkpoint: string;
  /** Undefined: the cache. */
  readonly output: string | undefined;
  readonly precision: PrecisionName | undefined;
  readonly int8Limit: 64 | 127 | undefined;
}

interface RawConvertFlags extends RawOutputFlags {
  readonly precision?: PrecisionName;
  readonly int8Limit?: '64' | '127';
}

export const convertCommand: CommandModule = {
  name: 'convert',
  description: 'Convert an original checkpoint, before its first use or for another machine.',
  notes: (h2ovl) => `
The other commands do this by themselves when they meet a checkpoint for the first time.
Precision: exact (weights as the checkpoint stores them), balanced (language part in 8 bits), fast (4 bits where the model bears it).

Examples:
  ${h2ovl} convert ./h2ovl-mississippi-800m
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
      .action((checkpoint: string, output: string | undefined, flags: RawConvertFlags) => {
        const int8Limit = flags.int8Limit === undefined ? undefined : flags.int8Limit === '64' ? 64 : 127;
        run(invoke('convert', { checkpoint, output, precision: flags.precision, int8Limit, ...outputFlags(flags) }, convertModel));
      });
  },
};

/** What `convert` tells. */
interface Conversion {
  readonly directory: string;
  readonly precision: Manifest['precision'];
  readonly sizeBytes: number;
  /** Whether the cache held it already; then nothing was measured. */
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
  await context.output.write(request.json ? `${JSON.stringify(conversion)}\n` : describeConversion(conversion, context.world.h2ovl));
  return 0;
}

async function runConversion(checkpoint: string, request: ConvertRequest, context: CommandContext): Promise<Conversion> {
  const { library, signal, status } = context;
  const { output, precision } = request;
  // What this processor bears; where it bears less than the machine the folder was made on, loading says so.
  const needsProbe = request.int8Limit === undefined && (precision ?? defaultPrecision) !== 'exact';
  const int8Limit = needsProbe ? await library.measureInt8Limit() : request.int8Limit;
  const options = { ...given({ precision, int8Limit }), signal, onProgress: createLoadReporter(status) };
  if (output !== undefined) {
    const report = await library.convertCheckpoint(checkpoint, output, options);
    return { ...summarize(report.directory, report.manifest), wasReady: false, durationMs: report.durationMs, errors: report.errors };
  }
  const { directory, manifest, report } = await library.ensureConverted(checkpoint, options);
  return {
    ...summarize(directory, manifest),
    wasReady: report === undefined,
    durationMs: report?.durationMs ?? null,
    errors: report?.errors ?? [],
  };
}

function summarize(directory: string, manifest: Manifest): Pick<Conversion, 'directory' | 'precision' | 'sizeBytes'> {
  const sizeBytes = Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0);
  return { directory, precision: manifest.precision, sizeBytes };
}

function describeConversion(conversion: Conversion, h2ovl: string): string {
  const { directory, precision, sizeBytes, wasReady, durationMs, errors } = conversion;
  const { name, vision, language, head, int8Limit } = precision;
  const limit = int8Limit === null ? '' : `, 8-bit weights up to ${int8Limit}`;
  const made = durationMs === null ? 'converted before' : `made in ${formatDuration(durationMs)}`;
  const facts = `${directory}\n${name}: vision ${vision}, language ${language}, head ${head}${limit}; ${formatSize(sizeBytes)}, ${made}\n`;
  if (errors.length > 0) return `${facts}\n${describeErrors(errors)}`;
  const isRounded = [vision, language, head].some((format) => format === 'int8' || format === 'int4');
  return wasReady && isRounded
    ? `${facts}The weight errors were shown when it was made; remove it with ${h2ovl} models rm to make it again.\n`
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
