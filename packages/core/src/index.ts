export type { LoadProgress } from '@h2ovl/contract';
export {
  CheckpointError,
  ContextOverflowError,
  OutputInvalidError,
  type OutputIssue,
  VisionError,
  type VisionErrorCode,
} from '@h2ovl/contract';
export { loadModel } from './answer/load-model.ts';
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
} from './answer/model-types.ts';
export type { RemoteImages } from './documents/fetch-image.ts';
export type { ImageInput } from './documents/image-source.ts';
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
export { jsonSchema, type OutputSchema } from './json/output-schema.ts';
export type { FeatureCacheOptions } from './model/feature-store.ts';
export { type ConvertedModel, listConverted, removeConverted } from './model-files/conversion-cache.ts';
export { type LocatedModel, locateModel, modelAliases } from './model-files/locate-model.ts';
export type { Manifest } from './model-files/manifest.ts';
export { readManifest, type VerifyFilesOptions, verifyFiles } from './model-files/verify-files.ts';
export type { RemoteHosts } from './net/fetch-url.ts';
export { forbidNetwork, isNetworkForbidden } from './net/network-policy.ts';
export {
  type Estimate,
  estimateRatio,
  measureQuality,
  type QualityOptions,
  type QualityPage,
  type QualityProgress,
  type QualityReport,
} from './quality/measure-quality.ts';
export { listCpuFeatures, measureInt8Limit } from './runtime/describe-machine.ts';
export { cacheDirectory } from './store/cache-directory.ts';
