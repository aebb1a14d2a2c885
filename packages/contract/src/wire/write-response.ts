import type { DocumentFacts } from '../document.ts';
import type { GenerateResult } from '../result.ts';
import { writeCertainty } from './certainty.ts';
import type { ChatCompletion, ChatCompletionChunk, ChatFinishReason, ChatUsage, WireDetails } from './chat.ts';
import { writeDocument } from './documents/write-answer.ts';
import { writeTimings } from './generation.ts';

/** What all parts of one answer share. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** The whole answer at once. */
export function writeCompletion(
  head: CompletionHead,
  answer: GenerateResult<unknown>,
  documents?: readonly DocumentFacts[],
): ChatCompletion {
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answerContent(answer), refusal: null },
        logprobs: null,
        finish_reason: writeFinishReason(answer),
      },
    ],
    usage: writeUsage(answer),
    h2ovl: writeDetails(answer, documents),
  };
}

/** One chunk of a streamed answer. */
export function writeChunk(
  head: CompletionHead,
  rest: Pick<ChatCompletionChunk, 'choices'> & Partial<ChatCompletionChunk>,
): ChatCompletionChunk {
  return { id: head.id, object: 'chat.completion.chunk', created: head.created, model: head.model, ...rest };
}

/** What the client gets as content: with a schema the bare JSON, without the fence a model may have put round it. */
export function answerContent(answer: GenerateResult<unknown>): string {
  return answer.object === undefined ? answer.text : JSON.stringify(answer.object);
}

/** OpenAI's word for why the answer ended. */
export function writeFinishReason(answer: GenerateResult<unknown>): ChatFinishReason {
  return answer.finishReason === 'stop' || answer.finishReason === 'stop-sequence' ? 'stop' : 'length';
}

/** Token counts in OpenAI's shape. */
export function writeUsage({ usage }: GenerateResult<unknown>): ChatUsage {
  const { draftedTokens, acceptedTokens = 0 } = usage;
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens, image_tokens: usage.imageTokens },
    ...(draftedTokens !== undefined && {
      completion_tokens_details: { accepted_prediction_tokens: acceptedTokens, rejected_prediction_tokens: draftedTokens - acceptedTokens },
    }),
  };
}

/** What OpenAI's shape has no place for. */
export function writeDetails(
  { finishReason, timings, warnings, truncated, forced, certainty }: GenerateResult<unknown>,
  documents: readonly DocumentFacts[] = [],
): WireDetails {
  return {
    finish_reason: finishReason,
    timings: writeTimings(timings),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(certainty === undefined ? {} : { certainty: writeCertainty(certainty) }),
    ...(truncated === undefined ? {} : { truncated }),
    ...(forced === undefined ? {} : { forced }),
    ...(documents.length === 0 ? {} : { documents: documents.map(writeDocument) }),
  };
}
