import type {
  JSONObject,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3Warning,
} from '@ai-sdk/provider';
import type { FinishReason, GenerateResult, GenerationStream, Usage, Warning } from '@h2ovl/contract';

const textId = 'text-0'; // one answer, one text block

/** What is known about a call before it runs. */
export interface CallFacts {
  readonly warnings: readonly SharedV3Warning[];
  /** A failure in the AI SDK's words. */
  readonly toError: (error: unknown) => unknown;
}

/** Our events as V3 stream parts, pulled one by one; cancelling the stream stops the generation. A failure is an `error` part, as V3 wants it. */
export function writeParts(
  stream: GenerationStream<unknown>,
  modelId: string,
  about: CallFacts,
): ReadableStream<LanguageModelV3StreamPart> {
  const parts = createParts(stream, modelId, about);
  return new ReadableStream<LanguageModelV3StreamPart>(
    {
      async pull(controller) {
        const next = await parts.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await stream[Symbol.asyncDispose](); // first, since return() waits for an event that is still being made
        await parts.return(undefined);
      },
    },
    { highWaterMark: 0 }, // nothing runs before someone reads
  );
}

async function* createParts(
  stream: GenerationStream<unknown>,
  modelId: string,
  { warnings, toError }: CallFacts,
): AsyncGenerator<LanguageModelV3StreamPart, void> {
  yield { type: 'stream-start', warnings: [...warnings] };
  yield { type: 'response-metadata', modelId, timestamp: new Date() };
  let isOpen = false;
  try {
    for await (const event of stream) {
      if (event.type === 'text-delta') {
        if (!isOpen) yield { type: 'text-start', id: textId };
        isOpen = true;
        yield { type: 'text-delta', id: textId, delta: event.delta };
      } else if (event.type === 'finish') {
        if (isOpen) yield { type: 'text-end', id: textId };
        const { finishReason, usage } = event.result;
        const metadata = writeMetadata(event.result);
        yield {
          type: 'finish',
          finishReason: writeFinishReason(finishReason),
          usage: writeUsage(usage),
          // V3 has warnings only at the start of a stream; those of the answer itself go here.
          ...(metadata === undefined ? {} : { providerMetadata: { h2ovl: metadata } }),
        };
      }
    }
  } catch (error) {
    yield { type: 'error', error: toError(error) };
  }
}

/** Token counts in V3's shape. */
export function writeUsage(usage: Usage): LanguageModelV3Usage {
  const { inputTokens, imageTokens, outputTokens, cachedTokens, draftedTokens, acceptedTokens } = usage;
  return {
    inputTokens: { total: inputTokens, noCache: inputTokens - cachedTokens, cacheRead: cachedTokens, cacheWrite: undefined },
    outputTokens: { total: outputTokens, text: outputTokens, reasoning: undefined },
    raw: { inputTokens, imageTokens, outputTokens, cachedTokens, ...(draftedTokens !== undefined && { draftedTokens, acceptedTokens }) },
  };
}

/** What V3 has no place for: the answer's own warnings, where they come late, and how sure the model was. */
export function writeMetadata({ warnings, certainty }: Pick<GenerateResult<unknown>, 'warnings' | 'certainty'>): JSONObject | undefined {
  if (warnings.length === 0 && certainty === undefined) return undefined;
  return {
    ...(warnings.length === 0 ? {} : { warnings: warnings.map(({ type, message }) => ({ type, message })) }),
    ...(certainty === undefined
      ? {}
      : { meanLogProbability: certainty.meanLogProbability, leastCertain: certainty.leastCertain.map((span) => ({ ...span })) }),
  };
}

/** V3 knows one word for both kinds of stop, and one for all that cuts an answer; ours stays in `raw`. */
export function writeFinishReason(reason: FinishReason): LanguageModelV3FinishReason {
  return { unified: reason === 'stop' || reason === 'stop-sequence' ? 'stop' : 'length', raw: reason };
}

/** Warnings of an answer in V3's shape, which knows fewer kinds; ours stay in the provider's metadata. */
export function writeWarnings(warnings: readonly Warning[]): readonly SharedV3Warning[] {
  return warnings.map(({ type, message }) =>
    type === 'unsupported' || type === 'compatibility' ? { type, feature: message } : { type: 'other', message },
  );
}
