export type { AnswerCertainty, Certainty, CertaintySpan } from './certainty.ts';
export {
  checkOptions,
  documentLimitNames,
  findNearest,
  generateOptionNames,
  nameNow,
  type OptionNames,
  pickOptions,
  samplingOptionNames,
  workBudgetNames,
} from './check-options.ts';
export {
  type CodeCheckName,
  codeCheckNames,
  conditionNames,
  type OrderCheck,
  type SchemaCheck,
  type SumCheck,
  type TaxCheck,
  type ValueCondition,
} from './checks.ts';
export type {
  DocumentFacts,
  DocumentFormat,
  DocumentProgress,
  HiddenReason,
  HiddenText,
  ModelWork,
  Page,
  PageAnswer,
  PageBox,
  PageDpi,
  PageError,
  PageObject,
  PagePixels,
  PageReading,
  PageResult,
  PageSize,
  ReadingComparison,
  ReadMode,
  RenderOptions,
  TextLayer,
  TextLayerLine,
} from './document.ts';
export {
  BusyError,
  CheckpointError,
  ContextOverflowError,
  type InvalidOutput,
  invalidArgument,
  kindOf,
  nameParam,
  OutputInvalidError,
  type OutputIssue,
  type ServerResponse,
  VisionError,
  type VisionErrorCode,
  type VisionErrorOptions,
} from './errors.ts';
export type { DeepPartial, GenerationEvent, GenerationPhase, ProgressEvent } from './events.ts';
export type { EvidenceLabel, EvidencePlace, SecondReading, ValueCheck, ValueEvidence } from './evidence.ts';
export { type Fields, type FieldsValue, type FieldType, fields, fieldsToJsonSchema, readFieldList, readSchema } from './fields.ts';
export { isLfsPointer, lfsPointerHint, maxLfsPointerBytes } from './lfs-pointer.ts';
export {
  type DocumentLimits,
  documentLimits,
  maxAnswerChars,
  maxImageFileBytes,
  maxOutputTokensLimit,
  maxRequestBytes,
  maxStopSequences,
  type WorkBudgets,
} from './limits.ts';
export {
  clearRotationMargin,
  type LineBox,
  type LineWord,
  type PageLines,
  type PagePoint,
  type PageRotation,
  type TextLine,
} from './lines.ts';
export type { LoadProgress } from './load-progress.ts';
export { createLog, describeOrigin, isLogged, type Log, type LogFields, type LogLevel, logLevels } from './log.ts';
export type { ImageFileInput, ImageInput, ImagePart, Message, PromptInput, TextPart } from './messages.ts';
export type { ModelInfo, ModelRuntime, VisionModel, WeightFormats } from './model.ts';
export {
  askRequest,
  extractRequest,
  type Operation,
  type OperationName,
  type OperationOptions,
  operations,
  readRequest,
} from './operations.ts';
export {
  type AnswerBounds,
  type DraftChoice,
  draftChoices,
  type GenerateOptions,
  type ImageOptions,
  type RotateChoice,
  type SamplingOptions,
  type SchemaEnforcement,
  type SchemaOption,
  type TileChoice,
} from './options.ts';
export {
  type JsonSchemaOptions,
  jsonSchema,
  type OutputSchema,
  plainSchemaVendor,
  type SchemaIssue,
  type SchemaOptions,
  type SchemaResult,
} from './output-schema.ts';
export { ownInput } from './own-input.ts';
export { PartialJsonReader, parsePartialJson } from './partial-json.ts';
export type { PageCrop, PagePicture } from './picture.ts';
export { type PresetName, presets } from './presets/index.ts';
export {
  APIError,
  type APIErrorCode,
  AuthenticationError,
  ConnectionError,
  type ConnectionErrorOptions,
  NotFoundError,
  PermissionDeniedError,
  ServerError,
  TimeoutError,
} from './remote-errors.ts';
export {
  type AnswerLoop,
  type FinishReason,
  finishReasons,
  type GenerateResult,
  type ImageFacts,
  type Timings,
  type TokenCount,
  type Usage,
  type ValueFlags,
  type Warning,
  type WarningType,
} from './result.ts';
export { maxSentenceChars, shortenName, shortenSentence } from './shorten.ts';
export { abortable, checkSignal, type Deadline, type LinkedSignal, linkSignal, onAbort, startDeadline, waitFor } from './signals.ts';
export { GenerationStream, type StartGeneration } from './stream.ts';
export { addTimings, addUsage } from './sum-work.ts';
export { type MissingLine, type PageSupport, supportWarnsBelow, type UnseenLine } from './support.ts';
export { describeSystemError } from './system-error.ts';
export {
  type AttemptWay,
  attemptWays,
  endVerdict,
  isToldApart,
  type PageAttempt,
  type PageVerdict,
  type VerdictKind,
  verdictKinds,
} from './verdict.ts';
