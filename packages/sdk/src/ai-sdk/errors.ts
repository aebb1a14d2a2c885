import {
  AISDKError,
  APICallError,
  InvalidArgumentError,
  InvalidPromptError,
  JSONParseError,
  type LanguageModelV3CallOptions,
  NoSuchModelError,
  TypeValidationError,
} from '@ai-sdk/provider';
import { ConnectionError, OutputInvalidError, VisionError } from '@h2ovl/contract';

const promptCodes: readonly string[] = ['CONTEXT_OVERFLOW', 'IMAGE_NOT_FOUND', 'IMAGE_UNREADABLE', 'IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE'];

/**
 * A failure as one of the AI SDK's own errors, with ours as its cause; an abort and foreign errors come back as they are. What concerns the
 * prompt has the same class for a model in this process and for one behind a server; what only HTTP knows is an APICallError, which the AI SDK
 * tries again where that helps.
 */
export function toAiSdkError(error: unknown, call: LanguageModelV3CallOptions, modelId: string): unknown {
  if (!VisionError.isInstance(error)) return error;
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  if (OutputInvalidError.isInstance(error)) return toOutputError(error);
  if (error.code === 'MODEL_NOT_FOUND') return new NoSuchModelError({ modelId, modelType: 'languageModel', message });
  if (promptCodes.includes(error.code)) return new InvalidPromptError({ prompt: call.prompt, message, cause: error });
  if (error.code === 'INVALID_ARGUMENT') {
    return error.param === undefined || /^(messages|prompt|images)\b/.test(error.param)
      ? new InvalidPromptError({ prompt: call.prompt, message, cause: error })
      : new InvalidArgumentError({ argument: error.param, message, cause: error });
  }
  const { response } = error;
  const url = response?.url ?? (ConnectionError.isInstance(error) ? error.url : undefined);
  if (url === undefined) return new AISDKError({ name: 'AI_H2ovlError', message, cause: error });
  return new APICallError({
    message,
    url,
    requestBodyValues: undefined, // it holds the pages: nothing that belongs into a log
    ...(response === undefined ? {} : { statusCode: response.status, responseHeaders: { ...response.headers } }),
    // A connection that was lost in the middle of an answer is no reason to have minutes of work done again unasked.
    isRetryable: (error.code === 'CONNECTION_FAILED' && response === undefined) || response?.status === 429 || response?.status === 503,
    cause: error,
  });
}

/** An answer that is no JSON, or whose value does not fit. */
function toOutputError(error: OutputInvalidError): AISDKError {
  try {
    return new TypeValidationError({ value: JSON.parse(error.text), cause: error });
  } catch {
    return new JSONParseError({ text: error.text, cause: error });
  }
}
