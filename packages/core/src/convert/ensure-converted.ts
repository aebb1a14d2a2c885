import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CheckpointError, checkOptions, type OptionNames } from '@h2ovl/contract';
import { conversionDirectory, type FreshConversion, findFresh } from '../model-files/conversion-cache.ts';
import { cpuForm, type GraphForm, type Manifest, type ModelForm, manifestFileName } from '../model-files/manifest.ts';
import { lacksWeights } from '../model-files/origin-record.ts';
import { noteVerified } from '../model-files/verified-files.ts';
import type { MeasuredVisionPlan } from '../model-files/vision-plan.ts';
import { cacheDirectory } from '../store/cache-directory.ts';
import { acquireLock } from '../store/file-lock.ts';
import { makePrivateFolder } from '../store/private-file.ts';
import { storageError } from '../store/storage-error.ts';
import { type ConvertOptions, type ConvertReport, convertFor, convertOptionNames, type OnPlan } from './convert-checkpoint.ts';
import { checkPrecision, defaultInt8Limit, defaultPrecision, type Precision } from './quantize/plan.ts';

export interface EnsureOptions extends Omit<ConvertOptions, 'visionPlan'> {
  /**
   * A measured plan that the conversion must have, or null where it must have none: it is made again where it has another. @default as it is; float32
   * where it has to be made
   */
  readonly visionPlan?: MeasuredVisionPlan | null;
  /** Not called where a conversion is there. */
  readonly onPlan?: OnPlan;
  /** Folder of the cache. @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
}

const ensureOptionNames: OptionNames<EnsureOptions> = { ...convertOptionNames, onPlan: true, home: true };

/** A conversion that is ready to use. */
export interface EnsuredModel {
  readonly directory: string;
  readonly manifest: Manifest;
  /** What the conversion told, when this call made it. */
  readonly report: ConvertReport | undefined;
}

/**
 * The converted form of a checkpoint, made at first use and kept in the cache. Of several processes that want the same one, one converts
 * and the others wait for it (`wait` progress). It is made again when a file of the checkpoint changed its size or time stamp.
 * @throws as convertCheckpoint
 */
export async function ensureConverted(checkpointDirectory: string, options: EnsureOptions = {}): Promise<EnsuredModel> {
  checkOptions(options, ensureOptionNames, 'ensureConverted()');
  const { home = cacheDirectory(), visionPlan, onPlan, ...conversion } = options;
  const { precision = defaultPrecision, int8Limit = defaultInt8Limit(visionPlan), form = cpuForm, signal, onProgress } = conversion;
  checkPrecision(precision);
  signal?.throwIfAborted();
  const label = precisionLabel(precision, int8Limit, form);
  const findReady = async (): Promise<FreshConversion | undefined> => {
    const found = await findFresh(checkpointDirectory, label, home);
    return visionPlan === undefined || isDeepStrictEqual(found?.manifest.precision.visionPlan ?? null, visionPlan) ? found : undefined;
  };
  const ready = await findReady();
  if (ready !== undefined) return { ...ready, report: undefined };
  if (await lacksWeights(checkpointDirectory)) {
    throw new CheckpointError(
      'MODEL_NOT_FOUND',
      `${checkpointDirectory} has no weights any more, and they were not converted to this precision before.`,
      { file: checkpointDirectory },
      { hint: 'Pull the model again, or load it with a precision that it was converted to.' },
    );
  }
  const directory = await conversionDirectory(checkpointDirectory, label, home);
  await makePrivateFolder(dirname(directory));
  const onWait = (pid: number): void => onProgress?.({ type: 'wait', reason: `Process ${pid} is converting this checkpoint.` });
  const lock = await acquireLock(`${directory}.lock`, { onWait, ...(signal && { signal }) });
  try {
    const made = await findReady();
    if (made !== undefined) return { ...made, report: undefined };
    await removeRemains(directory);
    const report = await convertFor('owner', checkpointDirectory, directory, {
      ...conversion,
      ...(visionPlan && { visionPlan }),
      knowsSource: visionPlan !== undefined,
      onPlan,
    });
    await noteVerified(directory, report.manifest, home);
    return { directory, manifest: report.manifest, report };
  } finally {
    await lock.release();
  }
}

/** What an interrupted removal left under the name. The name is this cache's own, so nobody else's files are in it. */
async function removeRemains(directory: string): Promise<void> {
  const hasManifest = await stat(join(directory, manifestFileName)).then(
    () => true,
    () => false,
  );
  if (hasManifest) return; // of another version or time: replaced when the new one is complete
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (cause) {
    throw storageError(`Cannot remove ${directory}`, cause);
  }
}

function precisionLabel(precision: Precision, int8Limit: 64 | 127, { vision, ...form }: ModelForm): string {
  const name = typeof precision === 'string' ? precision : `${precision.vision}-${precision.language}-${precision.head}`;
  const languageLabel = form.device === 'cpu' ? (precision === 'exact' ? name : `${name}-${int8Limit}`) : `${name}-${formLabel(form)}`;
  return vision === undefined ? languageLabel : `${languageLabel}-vision-${formLabel(vision)}`;
}

const formLabel = ({ device, values, attention }: GraphForm): string =>
  [device, values, ...(attention === 'fused' ? [] : [attention])].join('-');
