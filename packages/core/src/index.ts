export { listCpuFeatures, measureInt8Limit } from './describe-machine.ts';
export {
  CheckpointError,
  ContextOverflowError,
  OutputInvalidError,
  type OutputIssue,
  VisionError,
  type VisionErrorCode,
} from './errors.ts';
export type {
  DeepPartial,
  FinishReason,
  GenerateResult,
  GenerationEvent,
  GenerationPhase,
  GenerationStream,
  Timings,
  Usage,
  Warning,
} from './generation/events.ts';
export type { SamplingOptions } from './generation/sampling-options.ts';
export type { ImageInput } from './image/image-source.ts';
export { jsonSchema, type OutputSchema } from './json/output-schema.ts';
export { loadModel } from './load-model.ts';
export type { FeatureCacheOptions } from './model/feature-store.ts';
export { cacheDirectory } from './model-files/cache-directory.ts';
export { type ConvertedModel, listConverted, removeConverted } from './model-files/conversion-cache.ts';
export { type LocatedModel, locateModel, modelAliases } from './model-files/locate-model.ts';
export type { Manifest } from './model-files/manifest.ts';
export { readManifest, type VerifyFilesOptions, verifyFiles } from './model-files/verify-files.ts';
export type {
  GenerateOptions,
  ImageOptions,
  ImagePart,
  LoadOptions,
  Message,
  ModelInfo,
  PromptInput,
  TextPart,
  TokenCount,
  VisionModel,
} from './model-types.ts';
export type { LoadProgress } from './progress.ts';
