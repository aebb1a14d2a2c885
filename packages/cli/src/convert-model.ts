import { VisionError } from '@h2ovl/contract';
import type { Manifest } from '@h2ovl/core';
import { defaultPrecision, type GroupError } from '@h2ovl/core/convert';
import type { ConvertCommand } from './commands.ts';
import { formatDuration, formatSize } from './format-size.ts';
import { formatTable } from './format-table.ts';
import { given } from './given.ts';
import { createLoadReporter } from './progress-labels.ts';
import type { Session } from './session.ts';

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
export async function convertModel(command: ConvertCommand, session: Session): Promise<number> {
  const located = await session.engine.locateModel(command.checkpoint);
  if (located.type === 'converted') {
    throw new VisionError('INVALID_ARGUMENT', `${located.directory} is converted already.`, {
      hint: 'Use it with --model, or pass the folder of the original checkpoint.',
    });
  }
  const conversion = await runConversion(located.directory, command, session);
  session.status.clear();
  await session.output.write(command.json ? `${JSON.stringify(conversion)}\n` : describeConversion(conversion));
  return 0;
}

async function runConversion(checkpoint: string, command: ConvertCommand, session: Session): Promise<Conversion> {
  const { engine, signal, status } = session;
  const { output, precision } = command;
  // In the cache it must be what this processor will look for; a folder may go to any machine, and the library's default is right on all.
  const needsProbe = command.int8Limit === undefined && output === undefined && (precision ?? defaultPrecision) !== 'exact';
  const int8Limit = needsProbe ? await engine.measureInt8Limit() : command.int8Limit;
  const options = { ...given({ precision, int8Limit }), signal, onProgress: createLoadReporter(status) };
  if (output !== undefined) {
    const report = await engine.convertCheckpoint(checkpoint, output, options);
    return { ...summarize(report.directory, report.manifest), wasReady: false, durationMs: report.durationMs, errors: report.errors };
  }
  const { directory, manifest, report } = await engine.ensureConverted(checkpoint, options);
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

function describeConversion({ directory, precision, sizeBytes, wasReady, durationMs, errors }: Conversion): string {
  const { name, vision, language, head, int8Limit } = precision;
  const limit = int8Limit === null ? '' : `, 8-bit weights up to ${int8Limit}`;
  const made = durationMs === null ? 'converted before' : `made in ${formatDuration(durationMs)}`;
  const facts = `${directory}\n${name}: vision ${vision}, language ${language}, head ${head}${limit}; ${formatSize(sizeBytes)}, ${made}\n`;
  if (errors.length > 0) return `${facts}\n${describeErrors(errors)}`;
  const isRounded = [vision, language, head].some((format) => format === 'int8' || format === 'int4');
  return wasReady && isRounded ? `${facts}The weight errors were shown when it was made; h2ovl models rm makes it new.\n` : facts;
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
