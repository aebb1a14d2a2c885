export type { RequestInput, ResolvedImagePart, ResolvedMessage, ResolvedPrompt } from './build-request.ts';
export { buildRequest } from './build-request.ts';
export type { ErrorContent } from './errors.ts';
export { createError, createStatusError, readError, readRetryAfter, wireCode, writeError } from './errors.ts';
export { readModelInfo, readTokenCount, writeModelInfo, writeTokenCount } from './model-info.ts';
export { defaultBaseUrl, wirePaths } from './paths.ts';
export type { Answer, ChunkContent } from './read-response.ts';
export { noTimings, noUsage, readChunk, readCompletion, readHealth, readModelIds } from './read-response.ts';
export type { ServerSentEvent, SseLimits } from './sse.ts';
export { SseDecoder, SseOverflowError } from './sse.ts';
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ChatDelta,
  ChatFinishReason,
  ChatImagePart,
  ChatMessage,
  ChatTextPart,
  ChatUsage,
  ErrorEnvelope,
  Health,
  ModelList,
  ResponseFormat,
  StreamOptions,
  WireDetails,
  WireErrorCode,
  WireModelInfo,
  WireProgress,
  WireTimings,
  WireTokenCount,
} from './types.ts';
export { errorStatuses, streamEndMark } from './types.ts';
export type { CompletionHead } from './write-response.ts';
export {
  answerContent,
  writeChunk,
  writeCompletion,
  writeDetails,
  writeFinishReason,
  writeUsage,
} from './write-response.ts';
