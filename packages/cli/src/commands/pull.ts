import type { MeasuredVisionPlan, PulledModel, PullPlan } from '@h2ovl/core';
import { defaultPrecision, type EnsuredModel, type PrecisionName } from '@h2ovl/core/convert';
import type { CommandContext } from '../command-context.ts';
import { addPrecisionFlag } from '../flags/model-flags.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { given } from '../given.ts';
import { measurePlan } from '../measure/measure-plan.ts';
import { formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { createPullReporter } from '../terminal/pull-labels.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface PullRequest extends OutputFlags {
  /** Alias, repository, folder or bundle. */
  readonly source: string;
  readonly isDryRun: boolean;
  readonly precision: PrecisionName | undefined;
  /** Whether the model is converted once it is here. */
  readonly isConverted: boolean;
  /** False: the vision part stays in float32. */
  readonly calibrate: false | undefined;
}

interface RawPullFlags extends RawOutputFlags {
  readonly dryRun?: true;
  readonly precision?: PrecisionName;
  /** False with --no-convert. */
  readonly convert: boolean;
  /** False with --no-calibrate. */
  readonly calibrate: boolean;
}

export const pullCommand: CommandModule = {
  name: 'pull',
  description: 'Get a model, once: download it, check it and convert it. Afterwards no command needs a network.',
  notes: (h2ovl) => `
A model is 0.8b, 2b or ORGANISATION/NAME on the Hugging Face hub, each with @REVISION or without, a folder with an original checkpoint, or a bundle
that ${h2ovl} models bundle wrote on another machine. Stopped at any moment, it goes on where it was when it is started again; nothing counts before
its SHA-256 was compared. With the precision balanced the vision part is measured as well, which takes minutes (--no-calibrate leaves it out). Files that are in the Hugging Face cache are taken from there. The original files are kept: other precisions and devices
are made from them.
Environment: HF_ENDPOINT (a mirror of the hub), HF_TOKEN (for private repositories), HTTPS_PROXY and NO_PROXY, HF_HOME, H2OVL_OFFLINE=1 (no network).

Examples:
  ${h2ovl} pull 0.8b
  ${h2ovl} pull 2b --dry-run
  ${h2ovl} pull ./h2ovl-mississippi-2b.tar`,

  define: (command, { run }) => {
    addOutputFlags(addPrecisionFlag(command))
      .argument('<model>', '0.8b, 2b, ORGANISATION/NAME[@REVISION], a folder or a bundle')
      .option('--dry-run', 'tell what would be downloaded, and download nothing')
      .option('--no-convert', 'leave the conversion to the first use')
      .option('--no-calibrate', 'leave the vision part in float32, unmeasured')
      .action((source: string, flags: RawPullFlags) => {
        const [isDryRun, isConverted] = [flags.dryRun === true, flags.convert];
        if (isDryRun && flags.precision !== undefined) throw new UsageError('--dry-run converts nothing: leave --precision out.');
        const calibrate = flags.calibrate ? undefined : false;
        run(invoke('pull', { source, isDryRun, isConverted, calibrate, precision: flags.precision, ...outputFlags(flags) }, pull));
      });
  },
};

async function pull(request: PullRequest, context: CommandContext): Promise<number> {
  const { library, output, signal, status, world } = context;
  const options = { env: world.env, signal, onProgress: createPullReporter(status) };
  if (request.isDryRun) {
    const plan = await library.planPull(request.source, options);
    status.clear();
    for (const notice of plan.notices) status.warn(notice);
    await output.write(request.json ? `${JSON.stringify(plan)}\n` : describePlan(plan));
    return 0;
  }
  const onPlan = (plan: PullPlan): void => status.notify(`${introduce(plan)}\nTo download: ${formatSize(plan.downloadBytes)}.`);
  const pulled = await library.pullModel(request.source, { ...options, onPlan, reserveConversion: request.isConverted });
  for (const notice of pulled.notices) status.warn(notice);
  const converted = request.isConverted ? await convert(pulled, request, context) : undefined;
  status.clear();
  const result = { ...pulled, ...given({ converted }) };
  await output.write(request.json ? `${JSON.stringify(result)}\n` : describePulled(pulled, converted, world.h2ovl));
  return 0;
}

/** The converted form that the other commands will look for. */
interface Converted {
  readonly directory: string;
  readonly precision: string;
  readonly sizeBytes: number;
}

async function convert(pulled: PulledModel, { precision, calibrate }: PullRequest, context: CommandContext): Promise<Converted> {
  const { library, signal, status } = context;
  const int8Limit = (precision ?? defaultPrecision) === 'exact' ? undefined : await library.measureInt8Limit();
  const onProgress = createPullReporter(status);
  const ensure = (visionPlan?: MeasuredVisionPlan): Promise<EnsuredModel> =>
    library.ensureConverted(pulled.directory, { ...given({ precision, int8Limit, visionPlan }), signal, onProgress });
  let made = await ensure();
  const visionPlan = await measurePlan({ checkpoint: pulled.directory, manifest: made.manifest, int8Limit, calibrate }, context);
  if (visionPlan !== undefined) made = await ensure(visionPlan);
  const { directory, manifest } = made;
  const sizeBytes = Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0);
  return { directory, precision: manifest.precision.name, sizeBytes };
}

/** What is pulled, under which licence and in which state. */
function introduce({ repository, revision, recordsRevision, licence, directory }: PullPlan): string {
  const state = recordsRevision
    ? `revision ${revision}, the newest one, which is recorded and kept to from now on`
    : `revision ${revision}`;
  return `${repository}: ${state}\nLicence: ${licence ?? 'the repository names none'}\nFolder: ${directory}`;
}

function describePlan(plan: PullPlan): string {
  const places = { installed: 'in its place', local: 'on this machine', hub: 'the hub' } as const;
  const rows = plan.files.map(({ name, sizeBytes, from, downloadBytes }) => [
    name,
    formatSize(sizeBytes),
    from === 'hub' && downloadBytes < sizeBytes ? `the hub, the last ${formatSize(downloadBytes)}` : places[from],
  ]);
  const table = formatTable([['FILE', 'SIZE', 'FROM'], ...rows]);
  return `${introduce(plan)}\n\n${table}\nTo download: ${formatSize(plan.downloadBytes)}; ${formatSize(plan.freeBytes)} are free.\n`;
}

function describePulled({ name, directory, wasReady }: PulledModel, converted: Converted | undefined, h2ovl: string): string {
  const files = `${name} ${wasReady ? 'was here already' : 'is here'}: ${directory}\n`;
  const made =
    converted === undefined ? '' : `Converted to ${converted.precision} (${formatSize(converted.sizeBytes)}): ${converted.directory}\n`;
  return `${files}${made}Use it with: ${h2ovl} read page.png --model ${name}\n`;
}
