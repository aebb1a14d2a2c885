import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { CheckpointError, checkOptions, type LoadProgress, type ModelInfo, VisionError, type VisionModel } from '@h2ovl/contract';
import { defaultPrecision, ensureConverted } from '../convert/index.ts';
import { checkPrecision } from '../convert/quantize/plan.ts';
import { type ImageLimits, resolveImageLimits } from '../documents/image-limits.ts';
import { loadSharp } from '../documents/load-sharp.ts';
import { featureCacheOptionNames } from '../model/feature-store.ts';
import { modelFormFor } from '../model/graph-form.ts';
import { leastBytes, maxIdleCacheBytes } from '../model/kv-cache.ts';
import { openModel } from '../model/open-model.ts';
import { noteUse } from '../model-files/conversion-cache.ts';
import { type LocatedModel, locateModel } from '../model-files/locate-model.ts';
import type { Manifest, ModelForm, SizedModel } from '../model-files/manifest.ts';
import { refuseLfsPointers } from '../model-files/refuse-lfs-pointers.ts';
import { checkConverted } from '../model-files/verified-files.ts';
import { readManifest } from '../model-files/verify-files.ts';
import { type ChosenDevice, chooseDevice, closeDevice } from '../runtime/choose-device.ts';
import { probeInt8Limit } from '../runtime/int8-probe.ts';
import type { Runtime } from '../runtime/port.ts';
import { cacheDirectory } from '../store/cache-directory.ts';
import { explainDenied } from '../store/denied-access.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import { checkForm } from './check-form.ts';
import { checkDeviceMemory } from './check-memory.ts';
import { type ChooseDevice, loadOnDevice, meantDevice } from './load-on-device.ts';
import { type LoadOptions, loadOptionNames } from './load-options.ts';
import { RunQueue } from './run-queue.ts';
import { LocalVisionModel } from './vision-model.ts';

/** Answers at once, and so rows of the decoder's cache. */
export const defaultMaxConcurrent = 4;
/** The decoder cache takes a quarter of the memory at most, and this many bytes. */
const maxDefaultCacheBytes = 4e9;
/** A page of the 0.8B has 11 MB of features, one of the 2B 34 MB. */
const maxFeatureBytes = 128e6;

/**
 * Loads a model: an alias (`nano`, `0.8b`, `2b`), a folder with a Hugging Face checkpoint, which is converted at its first use and kept in the
 * cache, or a folder that `convertCheckpoint` wrote. Nothing is downloaded.
 * @throws VisionError MODEL_NOT_FOUND, MODEL_FILE_CORRUPT, MODEL_UNSUPPORTED, RUNTIME_UNAVAILABLE, STORAGE_UNAVAILABLE, SESSION_FAILED, INVALID_ARGUMENT;
 * rejects with `signal.reason` when cancelled
 */
export function loadModel(source: string | URL, options: LoadOptions = {}): Promise<VisionModel> {
  return loadModelBy(source, options, chooseDevice);
}

/** As `loadModel`, with another way to open devices: one that fails, in tests. */
export async function loadModelBy(source: string | URL, options: LoadOptions, choose: ChooseDevice): Promise<VisionModel> {
  try {
    return await loadParts(source, options, choose);
  } catch (error) {
    throw explainDenied(error, 'STORAGE_UNAVAILABLE', 'The model could not be loaded');
  }
}

async function loadParts(source: string | URL, options: LoadOptions, choose: ChooseDevice): Promise<VisionModel> {
  checkOptions(options, loadOptionNames, 'loadModel()');
  if (options.featureCache) checkOptions(options.featureCache, featureCacheOptionNames, 'featureCache');
  if (options.precision !== undefined) checkPrecision(options.precision);
  const { signal = new AbortController().signal, onProgress = () => {} } = options;
  const maxConcurrent = checkCount('maxConcurrent', options.maxConcurrent ?? defaultMaxConcurrent);
  const maxCacheBytes = checkCount('maxCacheBytes', options.maxCacheBytes ?? Math.min(Math.floor(totalmem() / 4), maxDefaultCacheBytes));
  const imageLimits = resolveImageLimits(options.imageLimits);
  signal.throwIfAborted();
  const located = await locateModel(source);
  return loadOnDevice(
    {
      ...(options.threads !== undefined && { threads: options.threads }),
      ...(await meantDevice(located, options.device)),
      signal,
      onTry: () => onProgress({ type: 'wait', reason: 'The GPU is tried in a process of its own, once for this machine and driver.' }),
    },
    (chosen) => loadOn(located, chosen, { options, maxConcurrent, maxCacheBytes, imageLimits, signal, onProgress }),
    choose,
  );
}

interface LoadSettings {
  readonly options: LoadOptions;
  readonly maxConcurrent: number;
  readonly maxCacheBytes: number;
  readonly imageLimits: ImageLimits;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
}

/** Loads on opened devices, which are closed with the model, or when this fails. */
async function loadOn(located: LocatedModel, chosen: ChosenDevice, settings: LoadSettings): Promise<LocalVisionModel> {
  const { runtime, vision } = chosen;
  const { options, maxConcurrent, maxCacheBytes, imageLimits, signal, onProgress } = settings;
  const form = modelFormFor(chosen, options.precision === 'exact');
  // Its native part takes a moment to load; not while the first page is read. Where it is missing, the first image says so.
  void loadSharp().catch(() => {});
  try {
    const { directory, manifest } = await openFiles(located, {
      ...{ runtime, form, options },
      // Before minutes and gigabytes go into files that the device cannot hold.
      onPlan: (planned) => void checkDeviceMemory(planned, maxCacheBytes, chosen),
    });
    checkCacheBytes(maxCacheBytes, manifest);
    const tight = checkDeviceMemory(manifest, maxCacheBytes, chosen);
    await checkConverted(directory, manifest, { home: cacheDirectory(), signal, onProgress });
    await noteUse(directory);
    const tokenizer = await openTokenizer(directory, manifest);
    const opened = await openModel(runtime, directory, manifest, {
      maxRows: maxConcurrent,
      maxIdleBytes: Math.min(maxIdleCacheBytes, maxCacheBytes),
      maxFeatureBytes,
      maxCacheBytes,
      visionRuntime: vision?.runtime,
      ...(options.featureCache && { featureCache: options.featureCache }),
      onProgress,
      signal,
    });
    return new LocalVisionModel({
      id: located.name,
      info: describe(directory, manifest, chosen, [...chosen.reasons, ...tight, ...opened.reasons]),
      manifest,
      tokenizer,
      opened,
      queue: new RunQueue(maxConcurrent, maxCacheBytes),
      allowRemoteImages: options.allowRemoteImages ?? false,
      imageLimits,
      release: () => closeDevice(chosen),
    });
  } catch (error) {
    await closeDevice(chosen);
    throw error;
  }
}

/** The converted files of a model, made first if need be. */
async function openFiles(
  located: LocatedModel,
  {
    runtime,
    form,
    options,
    onPlan,
  }: {
    readonly runtime: Runtime;
    readonly form: ModelForm;
    readonly options: LoadOptions;
    readonly onPlan: (planned: SizedModel) => void;
  },
): Promise<{ readonly directory: string; readonly manifest: Manifest }> {
  const { precision, signal, onProgress } = options;
  if (located.type === 'checkpoint') {
    const chosen = precision ?? defaultPrecision;
    return ensureConverted(located.directory, {
      precision: chosen,
      form,
      onPlan,
      int8Limit: chosen === 'exact' || form.device !== 'cpu' ? 64 : await probeInt8Limit(runtime),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
  }
  await refuseLfsPointers(located.directory);
  const manifest = await readManifest(located.directory);
  if (precision !== undefined && precision !== manifest.precision.name) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `${located.directory} was converted to the precision ${manifest.precision.name}; it cannot be opened as ${precision}.`,
      { param: 'precision', hint: 'Load the checkpoint it was converted from, or leave precision out.' },
    );
  }
  checkForm(located.directory, manifest.form, form);
  await checkInt8Range(located.directory, manifest, runtime);
  return { directory: located.directory, manifest };
}

/** Weights beyond 64 give wrong sums on processors whose 8-bit kernel saturates. */
async function checkInt8Range(directory: string, { precision }: Manifest, runtime: Runtime): Promise<void> {
  if (precision.int8Limit !== 127 || (await probeInt8Limit(runtime)) === 127) return;
  throw new VisionError(
    'MODEL_UNSUPPORTED',
    `${directory} holds 8-bit weights up to 127; this processor multiplies them exactly only up to 64.`,
    {
      hint: 'Convert the checkpoint again on this machine, or with int8Limit 64.',
    },
  );
}

async function openTokenizer(directory: string, { tokenizer: { file, addedTokens }, model }: Manifest): Promise<Tokenizer> {
  const path = join(directory, file);
  const tokenizer = createTokenizer({ modelBytes: await readFile(path), addedTokens });
  if (tokenizer.vocabularySize > model.vocabularySize) {
    throw new CheckpointError(
      'MODEL_FILE_CORRUPT',
      `${path} has ${tokenizer.vocabularySize} tokens; the model has ${model.vocabularySize}.`,
      { file: path },
      { hint: 'Take tokenizer.model and added_tokens.json from the same checkpoint.' },
    );
  }
  return tokenizer;
}

function describe(
  directory: string,
  { model, precision }: Manifest,
  { runtime, vision }: ChosenDevice,
  reasons: readonly string[],
): ModelInfo {
  const { info } = runtime;
  return {
    architecture: model.architecture,
    parameters: model.parameters,
    weights: { name: precision.name, vision: precision.vision, language: precision.language, head: precision.head },
    contextLength: model.contextLength,
    maxTiles: model.image.maxTiles,
    tileSizePx: model.image.tileSizePx,
    tokensPerTile: model.image.tokensPerTile,
    runtime: {
      name: 'onnxruntime',
      version: info.version,
      device: info.executionProvider,
      ...(vision && { visionDevice: vision.runtime.info.executionProvider }),
      adapter: info.adapter,
      threads: info.threads,
    },
    directory,
    reasons,
  };
}

function checkCacheBytes(maxCacheBytes: number, { model }: Manifest): void {
  const least = leastBytes(model);
  if (maxCacheBytes >= least) return;
  throw new VisionError('INVALID_ARGUMENT', `maxCacheBytes is ${maxCacheBytes}; the shortest answer of this model takes ${least} bytes.`, {
    hint: 'Raise maxCacheBytes, or leave it out for its default.',
  });
}

function checkCount(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new VisionError('INVALID_ARGUMENT', `${name} is ${value}; it must be a whole number from 1.`, {
    hint: `Leave ${name} out for its default.`,
  });
}
