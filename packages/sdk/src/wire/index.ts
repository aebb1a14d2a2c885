export type { RequestInput, ResolvedImagePart, ResolvedMessage, ResolvedPrompt } from './build-request.ts';
export { buildRequest } from './build-request.ts';
export type { Answer, AnswerTimings, AnswerUsage, AnswerWarning, ChunkContent, ErrorContent, ErrorOutput } from './read-response.ts';
export { noTimings, noUsage, readChunk, readCompletion, readError, readHealth, readModelIds } from './read-response.ts';
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
  WireProgress,
  WireTimings,
  WireWarning,
} from './types.ts';
export { defaultBaseUrl, errorStatuses, streamEndMark, wirePaths } from './types.ts';
