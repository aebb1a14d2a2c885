import { resolve } from 'node:path';
import { checkOptions, type LoadProgress, type OptionNames } from '@h2ovl/contract';
import type { Manifest, ModelForm, SizedModel } from '../model-files/manifest.ts';
import { manifestFileName } from '../model-files/manifest.ts';
import { checkConfigFiles, readModelConfig } from '../model-files/model-config.ts';
import { refuseLfsPointers } from '../model-files/refuse-lfs-pointers.ts';
import type { MeasuredVisionPlan } from '../model-files/vision-plan.ts';
import type { Readers } from '../store/readers.ts';
import { StagedDirectory } from '../store/staged-directory.ts';
import { checkTensors } from './check-tensors.ts';
import { estimateBytes, leastGraphBytes } from './estimate-bytes.ts';
import { ErrorReport, type GroupError } from './quantize/error-report.ts';
import { checkPrecision, defaultInt8Limit, defaultPrecision, type Precision, planConversion } from './quantize/plan.ts';
import { type Checkpoint, openCheckpoint } from './safetensors/open-checkpoint.ts';
import type { SourceDType } from './safetensors/read-header.ts';
import { findEarlier } from './take-over.ts';
import { tensorShapes } from './tensor-shapes.ts';
import { describePlanned, outputFiles } from './write-manifest.ts';
import { writeModel } from './write-model.ts';

export interface ConvertOptions {
  /** How weights are stored and computed: a name, or formats for vision, language and head. @default 'balanced' */
  readonly precision?: Precision;
  /** Largest magnitude of int8 weights; 127 only for CPUs whose u8 x s8 kernel does not saturate. @default 64, or what `visionPlan` was measured with */
  readonly int8Limit?: 64 | 127;
  /** For which kinds of device the graphs are written. @default the CPU */
  readonly form?: ModelForm;
  /** How the vision part computes, as `measureVisionPlan` found it; for `balanced` on a CPU. @default float32 */
  readonly visionPlan?: MeasuredVisionPlan;
  /** Stops the conversion and removes what it wrote; rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** A name that is not here is refused. */
export const convertOptionNames: OptionNames<ConvertOptions> = {
  precision: true,
  int8Limit: true,
  form: true,
  visionPlan: true,
  signal: true,
  onProgress: true,
};

/** Hears what will be made, before anything is written, with the least that its weights will take; what it throws ends the conversion. */
export type OnPlan = (planned: SizedModel) => void;

/** What a conversion made. */
export interface ConvertReport {
  /** Absolute path of the folder with the converted model. */
  readonly directory: string;
  readonly manifest: Manifest;
  /** Error of the weights per kind of layer, for formats that lose something. */
  readonly errors: readonly GroupError[];
  /** Bytes of all files together. */
  readonly outputBytes: number;
  /** Files that were taken over from an older result in the folder; nothing was computed for them, so that `errors` does not tell of them. */
  readonly takenOver: readonly string[];
  readonly durationMs: number;
}

/**
 * Converts an original Hugging Face checkpoint to ONNX graphs, weights and a manifest. The output folder appears when it is complete, or
 * not at all; an older conversion under the same name is replaced, and what it has in common with the new one is taken over where the hashes hold.
 * @throws CheckpointError MODEL_NOT_FOUND, MODEL_FILE_CORRUPT, MODEL_UNSUPPORTED
 * @throws VisionError STORAGE_UNAVAILABLE, INVALID_ARGUMENT
 */
export async function convertCheckpoint(
  checkpointDirectory: string,
  outputDirectory: string,
  options: ConvertOptions = {},
): Promise<ConvertReport> {
  checkOptions(options, convertOptionNames, 'convertCheckpoint()');
  return convertFor('umask', checkpointDirectory, outputDirectory, { ...options, knowsSource: options.visionPlan !== undefined });
}

/**
 * The same for chosen readers: a folder that the user named is as open as the user's other files, the cache is for its owner alone. `knowsSource`: only the
 * vision part is to be another than in the older result that was just made, so that the checkpoint is not hashed again for what is taken over from it; without
 * it the hashes of the checkpoint are compared too, as repairing asks for.
 */
export async function convertFor(
  readers: Readers,
  checkpointDirectory: string,
  outputDirectory: string,
  options: ConvertOptions & { readonly knowsSource: boolean; readonly onPlan?: OnPlan | undefined },
): Promise<ConvertReport> {
  const started = performance.now();
  const { precision = defaultPrecision, int8Limit = defaultInt8Limit(options.visionPlan), signal } = options;
  checkPrecision(precision);
  signal?.throwIfAborted();
  await refuseLfsPointers(checkpointDirectory);
  await checkConfigFiles(checkpointDirectory);
  const config = await readModelConfig(checkpointDirectory);
  const checkpoint = await openCheckpoint(checkpointDirectory);
  try {
    const shapes = tensorShapes(config);
    checkTensors(checkpoint, shapes);
    const plan = planConversion(precision, { config, dtype: commonDType(checkpoint) }, int8Limit, options.form, options.visionPlan);
    const least = leastGraphBytes(config, shapes, plan);
    options.onPlan?.({
      ...describePlanned(config, shapes, plan),
      files: { [outputFiles.vision.data]: { size: least.vision }, [outputFiles.decoder.data]: { size: least.decoder } },
    });
    const earlier = await findEarlier(outputDirectory, checkpointDirectory, plan);
    const neededBytes = estimateBytes(config, shapes, plan);
    const staged = await StagedDirectory.create(outputDirectory, neededBytes, manifestFileName, readers);
    try {
      const errors = new ErrorReport();
      const source = { checkpoint, config, shapes, plan, errors, earlier };
      const { manifest, takenOver } = await writeModel(staged.path, { ...options, ...source, readers });
      signal?.throwIfAborted();
      await staged.commit();
      const outputBytes = Object.values(manifest.files).reduce((sum, file) => sum + file.size, 0);
      return {
        directory: resolve(outputDirectory),
        manifest,
        errors: errors.groups(),
        outputBytes,
        takenOver,
        durationMs: performance.now() - started,
      };
    } catch (error) {
      await staged.discard();
      throw error;
    }
  } finally {
    await checkpoint.close();
  }
}

/** The type most weights are stored in; single float32 tensors among bfloat16 ones are common. */
function commonDType(checkpoint: Checkpoint): SourceDType {
  const bytes: Record<SourceDType, number> = { BF16: 0, F16: 0, F32: 0 };
  for (const { dtype, byteLength } of checkpoint.tensors.values()) bytes[dtype] += byteLength;
  return (Object.keys(bytes) as SourceDType[]).reduce((best, dtype) => (bytes[dtype] > bytes[best] ? dtype : best));
}
