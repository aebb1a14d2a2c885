import type { AnswerBounds, ImageOptions, SamplingOptions, SchemaEnforcement } from '../options.ts';
import type { ChatCompletionRequest, ChatFilePart, ChatImagePart, ChatMessage, ChatTextPart, ResponseFormat } from './chat.ts';

/** A picture, or a PDF whose pages stand in its place: a `data:` URL. An http(s) URL is passed on, for the server to refuse. */
export interface ResolvedImagePart {
  readonly type: 'image';
  readonly url: string;
}

/** A turn whose pictures are ready to be sent. */
export type ResolvedMessage =
  | { readonly role: 'system'; readonly content: string | readonly ChatTextPart[] }
  | { readonly role: 'user'; readonly content: string | readonly (ChatTextPart | ResolvedImagePart)[] }
  | { readonly role: 'assistant'; readonly content: string | readonly ChatTextPart[] | null };

/** The short form or the full form of a prompt, never both; `images` are `data:` or http(s) URLs. */
export type ResolvedPrompt =
  | { readonly prompt: string; readonly images?: readonly string[]; readonly system?: string; readonly messages?: never }
  | { readonly messages: readonly ResolvedMessage[]; readonly prompt?: never; readonly images?: never; readonly system?: never };

/** The same, each of which may be undefined. */
type Optional<O> = { readonly [K in keyof O]?: O[K] | undefined };

/** Everything a request says, in the words of GenerateOptions. */
export type RequestInput = ResolvedPrompt &
  Optional<SamplingOptions & ImageOptions & AnswerBounds> & {
    readonly model: string;
    /** JSON Schema of the answer; `json-object` asks for any JSON object. */
    readonly output?: Readonly<Record<string, unknown>> | 'json-object' | undefined;
    readonly enforcement?: SchemaEnforcement | undefined;
    /** Asks for a stream with usage and progress. @default false */
    readonly stream?: boolean | undefined;
  };

/** The body of `POST /v1/chat/completions` for what GenerateOptions say. Options left out are left out of the body: the server's defaults hold. */
export function buildRequest(input: RequestInput): ChatCompletionRequest {
  const { stopSequences, output, stream } = input;
  return {
    model: input.model,
    messages: buildMessages(input),
    ...present('max_completion_tokens', input.maxOutputTokens),
    ...present('temperature', input.temperature),
    ...present('top_p', input.topP),
    ...present('top_k', input.topK),
    ...present('seed', input.seed),
    ...present('repetition_penalty', input.repetitionPenalty),
    ...present('end_blank_runs', input.endBlankRuns),
    ...present('end_loops', input.endLoops),
    ...present('budget_ms', input.budgetMs),
    ...present('page_text', input.pageText),
    ...present('drafts', input.drafts),
    ...present('prediction', input.draftText === undefined ? undefined : ({ type: 'content', content: input.draftText } as const)),
    ...present('tiles', input.tiles),
    ...present('stop', stopSequences !== undefined && stopSequences.length > 0 ? [...stopSequences] : undefined),
    ...present('response_format', output === undefined ? undefined : buildFormat(output, input.enforcement)),
    ...(stream === true ? { stream: true, stream_options: { include_usage: true, include_progress: true } } : {}),
  };
}

function buildMessages(input: ResolvedPrompt): readonly ChatMessage[] {
  if (input.messages !== undefined) return input.messages.map(buildMessage);
  const user = {
    role: 'user',
    content: [...(input.images ?? []).map((url) => ({ type: 'image' as const, url })), textPart(input.prompt)],
  } as const;
  const isTextOnly = user.content.length === 1;
  const turn = buildMessage(isTextOnly ? { role: 'user', content: input.prompt } : user);
  return input.system === undefined ? [turn] : [{ role: 'system', content: input.system }, turn];
}

function buildMessage(message: ResolvedMessage): ChatMessage {
  if (message.role !== 'user') return message;
  if (typeof message.content === 'string') return { role: 'user', content: message.content };
  return {
    role: 'user',
    content: message.content.map((part) => (part.type === 'text' ? textPart(part.text) : picturePart(part.url))),
  };
}

/** A PDF goes as a file: all of its pages stand as pictures in its place. */
function picturePart(url: string): ChatImagePart | ChatFilePart {
  const isPdf = /^data:application\/pdf[;,]/i.test(url.slice(0, 30));
  return isPdf ? { type: 'file', file: { file_data: url, filename: 'document.pdf' } } : { type: 'image_url', image_url: { url } };
}

function textPart(text: string): { readonly type: 'text'; readonly text: string } {
  return { type: 'text', text };
}

function buildFormat(
  output: Readonly<Record<string, unknown>> | 'json-object',
  enforcement: SchemaEnforcement | undefined,
): ResponseFormat {
  if (output === 'json-object') return { type: 'json_object' };
  return { type: 'json_schema', json_schema: { name: 'answer', schema: output, strict: enforcement !== 'after' } };
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V }); // a computed key loses its name in the type
}
