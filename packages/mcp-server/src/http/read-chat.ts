import { APIError, VisionError, type Warning } from '@h2ovl/contract';
import type { ChatCompletionRequest } from '@h2ovl/contract/wire';
import { type BodyBudget, type HeldBody, readBody } from '../bodies/read-body.ts';
import { parseChatRequest } from './request-schema.ts';

export interface ReadChatOptions {
  /** The model this server has. */
  readonly modelId: string;
  /** Largest request body in bytes. */
  readonly maxBodyBytes: number;
  /** What all bodies together may hold. */
  readonly bodies: BodyBudget;
}

/** Where a chat carries files. */
const filePaths = new Set(['messages.*.content.*.image_url.url', 'messages.*.content.*.file.file_data']);

/** A checked request. `release` gives the bytes of its body back to the budget, once. */
export interface HeldChat extends Omit<HeldBody, 'text'> {
  readonly chat: ChatCompletionRequest;
  /** What of the request is not followed. */
  readonly warnings: readonly Warning[];
}

/**
 * The body of a request as a chat with this server's model.
 * @throws UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, QUEUE_FULL, INVALID_ARGUMENT with `param`, MODEL_NOT_FOUND
 */
export async function readChat(request: Request, { modelId, maxBodyBytes, bodies }: ReadChatOptions): Promise<HeldChat> {
  const type = request.headers.get('content-type') ?? '';
  if (!isJson(type)) {
    throw new APIError('UNSUPPORTED_MEDIA_TYPE', `The body is ${JSON.stringify(type.slice(0, 100))}; application/json is read.`);
  }
  const { text, ...held } = await readBody(request, { maxBytes: maxBodyBytes, budget: bodies, filePaths });
  try {
    const parsed = parseChatRequest(parseJson(text));
    checkModel(parsed.chat.model, modelId);
    return { ...parsed, ...held };
  } catch (error) {
    held.release();
    throw error;
  }
}

/** @throws MODEL_NOT_FOUND for a model that this server does not have */
export function checkModel(wanted: string, modelId: string): void {
  if (wanted === modelId) return;
  const name = JSON.stringify(wanted.slice(0, 200));
  throw new VisionError('MODEL_NOT_FOUND', `There is no model ${name} here; this server has ${modelId}.`, {
    param: 'model',
    hint: `Ask for ${JSON.stringify(modelId)}, or start a server with --model.`,
  });
}

/** Whether a Content-Type is that of JSON. */
export function isJson(type: string): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type);
}

/** @throws INVALID_ARGUMENT */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the body.
    throw new VisionError('INVALID_ARGUMENT', 'The body is not valid JSON.');
  }
}
