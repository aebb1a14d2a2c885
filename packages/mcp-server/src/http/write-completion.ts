import { randomBytes } from 'node:crypto';
import type { ChatCompletion, ChatCompletionChunk, ChatFinishReason, ChatUsage, WireDetails } from '@h2ovl/contract/wire';
import type { ModelAnswer } from '../model-port.ts';

/** What all parts of one answer share. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** A fresh head for an answer of `model`. */
export function makeHead(model: string): CompletionHead {
  return { id: `chatcmpl-${randomBytes(12).toString('hex')}`, created: Math.floor(Date.now() / 1000), model };
}

/** The whole answer at once. */
export function toCompletion(head: CompletionHead, answer: ModelAnswer): ChatCompletion {
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
        finish_reason: toFinishReason(answer),
      },
    ],
    usage: toUsage(answer),
    h2ovl: toDetails(answer),
  };
}

/** One chunk of a streamed answer. */
export function toChunk(
  head: CompletionHead,
  rest: Pick<ChatCompletionChunk, 'choices'> & Partial<ChatCompletionChunk>,
): ChatCompletionChunk {
  return { id: head.id, object: 'chat.completion.chunk', created: head.created, model: head.model, ...rest };
}

/** What the client gets as content: with a schema the bare JSON, without the fence a model may have put round it. */
export function answerContent(answer: ModelAnswer): string {
  return answer.object === undefined ? answer.text : JSON.stringify(answer.object);
}

/** OpenAI's word for why the answer ended. */
export function toFinishReason(answer: ModelAnswer): ChatFinishReason {
  return answer.finishReason === 'length' ? 'length' : 'stop';
}

export function toUsage({ usage }: ModelAnswer): ChatUsage {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens, image_tokens: usage.imageTokens },
  };
}

export function toDetails({ finishReason, timings, warnings }: ModelAnswer): WireDetails {
  return {
    finish_reason: finishReason,
    timings: {
      queue_ms: timings.queueMs,
      image_ms: timings.imageMs,
      vision_ms: timings.visionMs,
      prefill_ms: timings.prefillMs,
      decode_ms: timings.decodeMs,
    },
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}
