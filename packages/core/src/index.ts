export {
  type AnswerCertainty,
  type AttemptWay,
  BusyError,
  type Certainty,
  type CertaintySpan,
  CheckpointError,
  ContextOverflowError,
  type DeepPartial,
  type DocumentFacts,
  type DocumentFormat,
  type DocumentLimits,
  type DocumentProgress,
  type EvidenceLabel,
  type EvidencePlace,
  type Fields,
  type FieldsValue,
  type FieldType,
  type FinishReason,
  fields,
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  type GenerationPhase,
  GenerationStream,
  type HiddenReason,
  type HiddenText,
  type ImageFacts,
  type ImageFileInput,
  type ImageInput,
  type ImageOptions,
  type ImagePart,
  type LineBox,
  type LineWord,
  type LoadProgress,
  type Message,
  type MissingLine,
  type ModelInfo,
  type ModelRuntime,
  type ModelWork,
  OutputInvalidError,
  type OutputIssue,
  type OutputSchema,
  type Page,
  type PageAnswer,
  type PageAttempt,
  type PageBox,
  type PageCrop,
  type PageDpi,
  type PageError,
  type PageLines,
  type PageObject,
  type PagePicture,
  type PagePixels,
  type PagePoint,
  type PageReading,
  type PageResult,
  type PageRotation,
  type PageSize,
  type PageSupport,
  type PageVerdict,
  type PresetName,
  type ProgressEvent,
  type PromptInput,
  presets,
  type ReadingComparison,
  type ReadMode,
  type RenderOptions,
  type RotateChoice,
  readSchema,
  type SamplingOptions,
  type SchemaCheck,
  type SchemaEnforcement,
  type SecondReading,
  type TextLayer,
  type TextLayerLine,
  type TextLine,
  type TextPart,
  type TileChoice,
  type Timings,
  type TokenCount,
  type UnseenLine,
  type Usage,
  type ValueCheck,
  type ValueEvidence,
  type ValueFlags,
  type VerdictKind,
  VisionError,
  type VisionErrorCode,
  type VisionModel,
  type Warning,
  type WarningType,
  type WeightFormats,
} from '@h2ovl/contract';
export { loadModel } from './answer/load-model.ts';
export type { LoadOptions } from './answer/load-options.ts';
export { type ExamineOptions, examine } from './diagnose/examine.ts';
export type { Finding } from './diagnose/finding.ts';
export type { ExpectedNorm, NormPoint } from './diagnose/published-norms.ts';
export {
  type SelfTestCheck,
  type SelfTestOptions,
  type SelfTestReference,
  type SelfTestReport,
  selfTest,
} from './diagnose/selftest.ts';
export type { DocumentOverlay, OverlaidFacts } from './documents/document-overlay.ts';
export type { OpenDocument } from './documents/document-pages.ts';
export type { DocumentInput } from './documents/document-source.ts';
export type { RemoteImages } from './documents/fetch-image.ts';
export type { ImageLimits } from './documents/image-limits.ts';
export { type OpenDocumentOptions, openDocument } from './documents/open-document.ts';
export { checkPageRange, listPages, type PageRange } from './documents/page-range.ts';
export { jsonSchema } from './json/output-schema.ts';
export type { LinePage } from './lines/line-reader.ts';
export { type LocatedValue, locate, type ValuePlace } from './lines/locate/locate.ts';
export { closeLineReader, type ReadLinesOptions, readLines } from './lines/read-lines.ts';
export type { FeatureCacheOptions } from './model/feature-store.ts';
export { type CatalogueEntry, catalogue, modelAliases } from './model-files/catalogue.ts';
export {
  type ConvertedModel,
  type FreshConversion,
  findConversions,
  listConverted,
  removeConverted,
} from './model-files/conversion-cache.ts';
export { describeVisionPlan, paysToMeasure, takesVisionPlan } from './model-files/describe-vision-plan.ts';
export { type BundleOptions, bundleModel, type ModelBundle } from './model-files/download/bundle-model.ts';
export { planPull, pullModel } from './model-files/download/pull-model.ts';
export type { PlannedFile, PulledModel, PullOptions, PullPlan, PullProgress } from './model-files/download/pull-types.ts';
export { type LocatedModel, locateModel } from './model-files/locate-model.ts';
export type { Manifest } from './model-files/manifest.ts';
export { type PrunedItem, type PruneOptions, pruneStore } from './model-files/prune-store.ts';
export { listPulled, type PulledModelInfo, type RemovedOriginals, removeOriginals, removePulled } from './model-files/pulled-models.ts';
export { readManifest, type VerifyFilesOptions, verifyFiles } from './model-files/verify-files.ts';
export { type DamagedFile, type VerifiedModel, type VerifyStoreOptions, verifyStore } from './model-files/verify-store.ts';
export {
  describeMix,
  type MatrixForm,
  type MeasuredOn,
  type MeasuredValue,
  type MeasuredVisionPlan,
  type PlanFigures,
  type PlanMix,
  type Smoothing,
  type VisionPlan,
} from './model-files/vision-plan.ts';
export type { RemoteHosts } from './net/fetch-url.ts';
export { forbidNetwork, isNetworkForbidden } from './net/network-policy.ts';
export { type AskDocumentOptions, askDocument } from './operations/ask-document.ts';
export type { DocumentOptions, DocumentSourceInput } from './operations/document-options.ts';
export { choosePages } from './operations/each-page.ts';
export { type ExtractDocumentOptions, extractDocument } from './operations/extract-document.ts';
export type { PageModel, PageModelSource } from './operations/page-model.ts';
export { type ReadDocumentOptions, readDocument } from './operations/read-document.ts';
export {
  type Estimate,
  estimateRatio,
  measureQuality,
  type QualityOptions,
  type QualityPage,
  type QualityProgress,
  type QualityReport,
} from './quality/measure-quality.ts';
export { type CalibrationPages, findCalibrationPages, type JudgedPage } from './quality/vision-plan/calibration-pages.ts';
export { type MeasureProgress, measureVisionPlan, type VisionPlanOptions } from './quality/vision-plan/measure-vision-plan.ts';
export { checkDeviceName, type DeviceName } from './runtime/choose-device.ts';
export { describeRuntime, listCpuFeatures, measureInt8Limit } from './runtime/describe-machine.ts';
export type { Adapter, DeviceSpeed, DeviceState } from './runtime/devices/device-facts.ts';
export { type DeviceReport, type ProbeDevicesOptions, type ProbedDevice, probeDevices } from './runtime/devices/probe-devices.ts';
export type { RuntimeInfo } from './runtime/port.ts';
export { cacheDirectory } from './store/cache-directory.ts';
export { makeFolder } from './store/make-folder.ts';
