export type { InvalidOutput as ErrorOutput } from '@h2ovl/contract';
export type { Health } from '@h2ovl/contract/wire';
export type { ModelSummary } from './client.ts';
export { VisionClient } from './client.ts';
export type { ClientOptions, RequestOptions } from './client-options.ts';
export type { APIErrorDetails, OutputIssue } from './errors.ts';
export {
  APIConnectionError,
  APIError,
  APITimeoutError,
  AuthenticationError,
  BadRequestError,
  BusyError,
  NotFoundError,
  ServerError,
  TooLargeError,
  UnprocessableError,
} from './errors.ts';
export type {
  DeepPartial,
  FinishReason,
  GenerateOptions,
  GenerateResult,
  GenerationEvent,
  GenerationPhase,
  GenerationStream,
  ImageInput,
  ImagePart,
  JsonSchemaOptions,
  Message,
  OutputSchema,
  PromptInput,
  SamplingOptions,
  SchemaIssue,
  SchemaOptions,
  SchemaResult,
  TextPart,
  Timings,
  Usage,
  VisionModelLike,
  Warning,
} from './generation-types.ts';
export { jsonSchema } from './output-schema.ts';
