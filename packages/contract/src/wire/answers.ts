// Everything of the wire but documents: a client that has sent none loads no more than this.

export type { RequestInput, ResolvedImagePart, ResolvedMessage, ResolvedPrompt } from './build-request.ts';
export { buildRequest } from './build-request.ts';
export type { WireCertainty } from './certainty.ts';
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ChatDelta,
  ChatFilePart,
  ChatFinishReason,
  ChatImagePart,
  ChatMessage,
  ChatTextPart,
  ChatUsage,
  ResponseFormat,
  StreamOptions,
  WireDetails,
} from './chat.ts';
export { streamEndMark } from './chat.ts';
export type { ErrorEnvelope, WireErrorCode } from './error-envelope.ts';
export { errorStatuses } from './error-envelope.ts';
export type { ErrorContent } from './errors.ts';
export { createError, createStatusError, readError, readRetryAfter, wireCode, writeError } from './errors.ts';
export type { WireProgress, WireTimings } from './generation.ts';
export { noTimings, noUsage } from './generation.ts';
export type { Health, ModelStatus } from './health.ts';
export { readHealth } from './health.ts';
export type { WireModelInfo, WireTokenCount } from './model-info.ts';
export { readModelInfo, readTokenCount, writeModelInfo, writeTokenCount } from './model-info.ts';
export type { ModelList } from './model-list.ts';
export { readModelIds } from './model-list.ts';
export { defaultBaseUrl, wirePaths } from './paths.ts';
export type { Answer, ChunkContent } from './read-response.ts';
export { readChunk, readCompletion } from './read-response.ts';
export type { ServerSentEvent, SseLimits } from './sse.ts';
export { SseDecoder, SseOverflowError } from './sse.ts';
export type { CompletionHead } from './write-response.ts';
export {
  answerContent,
  writeChunk,
  writeCompletion,
  writeDetails,
  writeFinishReason,
  writeUsage,
} from './write-response.ts';
