import { VisionError } from '@h2ovl/contract';
import type { ModelInfo } from '@h2ovl/core';
import { defaultPrecision } from '@h2ovl/core/convert';
import type { CommandContext } from '../command-context.ts';
import { addModelFlags, type ModelFlags, modelFlags, type RawModelFlags } from '../flags/model-flags.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { given } from '../given.ts';
import { showDevices } from '../measure/show-devices.ts';
import { describeFailure } from '../terminal/describe-failure.ts';
import { formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { createLoadReporter } from '../terminal/progress-labels.ts';
import { withModel } from '../with-model.ts';
import { type CommandModule, invoke } from './command.ts';

interface InfoRequest extends OutputFlags, ModelFlags {
  /** Hash every file. */
  readonly verify: boolean;
  /** Try the devices of this machine instead of opening a model; `again` whatever is remembered of them. */
  readonly probe: 'no' | 'yes' | 'again';
}

export const infoCommand: CommandModule = {
  name: 'info',
  description: 'Tell what the model is, how it runs here and why, and where its files are.',
  notes: (h2ovl) => `
Examples:
  ${h2ovl} info
  ${h2ovl} info --model ./h2ovl-mississippi-800m --verify
  ${h2ovl} info --probe

--probe opens no model. It tries the GPU in a process of its own, compares every kind of kernel with the CPU, and measures both; what it finds is
remembered for this machine, driver and version, and decides what --device auto takes.`,

  define: (command, { env, run }) => {
    addOutputFlags(addModelFlags(command))
      .option('--verify', 'read every file of the model and compare its SHA-256')
      .option('--probe', 'try the devices of this machine: adapters, whether they compute rightly, how fast')
      .option('--reprobe', 'the same, whatever is remembered of them')
      .action((flags: RawOutputFlags & RawModelFlags & RawInfoFlags) => {
        const probe = flags.reprobe ? 'again' : flags.probe ? 'yes' : 'no';
        run(invoke('info', { verify: flags.verify === true, probe, ...outputFlags(flags), ...modelFlags(flags, env) }, showInfo));
      });
  },
};

interface RawInfoFlags {
  readonly verify?: true;
  readonly probe?: true;
  readonly reprobe?: true;
}

/** What was compared with the manifest. */
interface Verification {
  /** Converted forms of the model. */
  readonly folders: number;
  readonly files: number;
  readonly bytes: number;
}

/** What the model is; without a model, what is known of the machine all the same. */
async function showInfo(request: InfoRequest, context: CommandContext): Promise<number> {
  if (request.probe !== 'no') return await showDevices({ ...request, reprobe: request.probe === 'again' }, context);
  try {
    return await showModel(request, context);
  } catch (error) {
    if (!VisionError.isInstance(error) || error.code !== 'MODEL_NOT_FOUND') throw error;
    await showMachine(request, context, error);
    if (request.isDefaultModel) return 0; // nobody asked for a certain one
    throw error;
  }
}

async function showMachine(request: InfoRequest, { library, output, world }: CommandContext, error: VisionError): Promise<void> {
  const { message, ...rest } = describeFailure(error, world.h2ovl);
  const runtime = await library.describeRuntime();
  const cpuFeatures = library.listCpuFeatures();
  const cacheDirectory = library.cacheDirectory();
  if (request.json) {
    await output.write(`${JSON.stringify({ model: null, error: { message, ...rest }, runtime, cpuFeatures, cacheDirectory })}\n`);
    return;
  }
  const rows: readonly (readonly [string, string])[] = [
    ['model', `none: ${message}${rest.hint === undefined ? '' : ` ${rest.hint}`}`],
    ['runtime', `ONNX Runtime ${runtime.version}, ${runtime.executionProvider}, ${runtime.adapter} adapter`],
    ['threads', String(runtime.threads)],
    ...runtime.reasons.map((reason) => ['why', reason] as const),
    ['processor', describeFeatures(cpuFeatures)],
    ['cache', cacheDirectory],
  ];
  await output.write(formatTable(rows));
}

function describeFeatures(features: readonly string[]): string {
  return features.length === 0 ? 'its features are not known on this system' : features.join(', ');
}

/**
 * With --verify every file of every conversion that opening the model may use is hashed before it is opened: each kind of device has one of its own. What is
 * then used, and was made or chosen in another way, is hashed as well.
 */
async function showModel(request: InfoRequest, context: CommandContext): Promise<number> {
  const before = request.verify ? await findFiles(request, context) : [];
  const sums: Verification[] = [];
  for (const directory of before) sums.push(await verifyFolder(directory, context));
  return await withModel(request, context, async (model) => {
    const info = await model.info({ signal: context.signal });
    if (request.verify && info.directory !== undefined && !before.includes(info.directory)) {
      sums.push(await verifyFolder(info.directory, context));
    }
    const verified = request.verify ? addUp(sums) : undefined;
    const facts = {
      model: model.id,
      ...info,
      cpuFeatures: context.library.listCpuFeatures(),
      cacheDirectory: context.library.cacheDirectory(),
      ...given({ verified }),
    };
    await context.output.write(request.json ? `${JSON.stringify(facts)}\n` : describeFacts(model.id, info, context, verified));
    return 0;
  });
}

async function verifyFolder(directory: string, { library, signal, status }: CommandContext): Promise<Verification> {
  const manifest = await library.readManifest(directory);
  await library.verifyFiles(directory, manifest, { signal, onProgress: createLoadReporter(status) });
  status.clear();
  const sizes = Object.values(manifest.files).map(({ size }) => size);
  return { folders: 1, files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function addUp(sums: readonly Verification[]): Verification {
  const total = (field: keyof Verification): number => sums.reduce((sum, verification) => sum + verification[field], 0);
  return { folders: total('folders'), files: total('files'), bytes: total('bytes') };
}

/** The folders that opening the model may use, as far as they are there. */
async function findFiles({ model, precision }: InfoRequest, { library }: CommandContext): Promise<readonly string[]> {
  const { type, directory } = await library.locateModel(model);
  if (type === 'converted') return [directory];
  const found = await library.findConversions(directory, precision ?? defaultPrecision);
  return found.map((conversion) => conversion.directory);
}

const describeDevices = ({ device, visionDevice }: ModelInfo['runtime']): string =>
  visionDevice === undefined ? device : `${device} (vision part: ${visionDevice})`;

function describeFacts(id: string, info: ModelInfo, { library }: CommandContext, verified: Verification | undefined): string {
  const { architecture, parameters, weights, contextLength, maxTiles, tokensPerTile, runtime, reasons, directory } = info;
  const rows: readonly (readonly [string, string])[] = [
    ['model', `${id} (${architecture}, ${(parameters / 1e6).toFixed(1)} M parameters)`],
    ['precision', `${weights.name}: vision ${weights.vision}, language ${weights.language}, head ${weights.head}`],
    ['context', `${contextLength} tokens; an image is up to ${maxTiles} tiles (and a thumbnail) of ${tokensPerTile} tokens`],
    ['runtime', `ONNX Runtime ${runtime.version}, ${describeDevices(runtime)}, ${runtime.adapter} adapter`],
    ['threads', String(runtime.threads)],
    ...reasons.map((reason) => ['why', reason] as const),
    ['processor', describeFeatures(library.listCpuFeatures())],
    ...(directory === undefined ? [] : [['files', directory] as const]),
    ['cache', library.cacheDirectory()],
  ];
  const forms = verified && verified.folders > 1 ? ` in ${verified.folders} forms of the model` : '';
  const done = verified && `${verified.files} files${forms}, ${formatSize(verified.bytes)}: every SHA-256 is as the manifest says`;
  return formatTable(done === undefined ? rows : [...rows, ['verified', done]]);
}
