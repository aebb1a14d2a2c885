import { type GenerateOptions, type ImagePart, type Message, type OutputSchema, type TextPart, VisionError } from '@h2ovl/contract';
import type { ChatCompletionRequest, ChatImagePart, ChatMessage, ChatTextPart } from '@h2ovl/contract/wire';
import type { OutputSchemaMaker } from '../engine.ts';
import { type DecodedFiles, parseDataUrl } from '../files/parse-source.ts';
import { type ChatFile, readChatFile } from './chat-files.ts';

/** A chat as the model takes it, but for its PDFs, which are opened in its turn. */
export interface ChatModelRequest {
  readonly request: Omit<GenerateOptions<unknown>, 'prompt' | 'images' | 'system' | 'messages'>;
  readonly messages: readonly Message[];
  readonly files: readonly ChatFile[];
}

/**
 * A checked chat request as the model takes it. `decoded` are its files that were decoded while it arrived.
 * @throws INVALID_ARGUMENT with `param` for an image that is no data: URL, a file that is no PDF, or a schema that cannot be used
 */
export async function toModelRequest(
  chat: ChatCompletionRequest,
  decoded: DecodedFiles,
  makeOutputSchema: OutputSchemaMaker,
): Promise<ChatModelRequest> {
  const stop = typeof chat.stop === 'string' ? [chat.stop] : chat.stop;
  const maxOutputTokens = chat.max_completion_tokens ?? chat.max_tokens;
  const schema = await readSchema(chat, makeOutputSchema);
  const files: ChatFile[] = [];
  const messages = chat.messages.map((message, index) => toMessage(message, index, decoded, files));
  const request = {
    ...(chat.tiles === undefined ? {} : { tiles: chat.tiles }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(chat.temperature === undefined ? {} : { temperature: chat.temperature }),
    ...(chat.top_p === undefined ? {} : { topP: chat.top_p }),
    ...(chat.top_k === undefined ? {} : { topK: chat.top_k }),
    ...(chat.seed === undefined ? {} : { seed: chat.seed }),
    ...(chat.repetition_penalty === undefined ? {} : { repetitionPenalty: chat.repetition_penalty }),
    ...(stop === undefined ? {} : { stopSequences: stop }),
    ...(chat.end_blank_runs === undefined ? {} : { endBlankRuns: chat.end_blank_runs }),
    ...(chat.end_loops === undefined ? {} : { endLoops: chat.end_loops }),
    ...(chat.budget_ms === undefined ? {} : { budgetMs: chat.budget_ms }),
    ...(chat.page_text === undefined ? {} : { pageText: chat.page_text }),
    ...(chat.drafts === undefined ? {} : { drafts: chat.drafts }),
    ...(chat.prediction === undefined ? {} : { draftText: textOf(chat.prediction.content) }),
    ...(schema === undefined ? {} : { schema }),
    ...(isLenient(chat) ? { enforcement: 'after' as const } : {}),
  };
  return { request, messages, files };
}

function textOf(content: string | readonly ChatTextPart[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}

function toMessage(message: ChatMessage, index: number, decoded: DecodedFiles, files: ChatFile[]): Message {
  if (message.role === 'assistant') return { role: 'assistant', content: message.content };
  if (message.role !== 'user') return { role: 'system', content: message.content };
  if (typeof message.content === 'string') return { role: 'user', content: message.content };
  const content = message.content.map((part, at) => {
    if (part.type !== 'file') return toPart(part, `messages[${index}].content[${at}]`, decoded);
    const file = readChatFile(part, index, at, decoded);
    files.push(file);
    return { type: 'image' as const, image: file.bytes }; // its pages take this place
  });
  return { role: 'user', content };
}

function toPart(part: ChatTextPart | ChatImagePart, path: string, decoded: DecodedFiles): TextPart | ImagePart {
  if (part.type === 'text') return part;
  const { url } = part.image_url;
  const param = `${path}.image_url.url`;
  if (!/^data:/i.test(url)) {
    throw new VisionError('INVALID_ARGUMENT', `\`${param}\` is no data: URL; this server fetches nothing.`, {
      param,
      hint: 'Send the image as data:image/png;base64,… .',
    });
  }
  try {
    return { type: 'image', image: parseDataUrl(url, decoded).bytes };
  } catch (error) {
    if (!VisionError.isInstance(error)) throw error;
    throw new VisionError(error.code, error.message, { param, cause: error, hint: error.hint });
  }
}

/** `strict: false`: what cannot be enforced while the model writes is checked afterwards. */
function isLenient({ response_format }: ChatCompletionRequest): boolean {
  return response_format?.type === 'json_schema' && response_format.json_schema.strict === false;
}

async function readSchema(
  { response_format }: ChatCompletionRequest,
  makeOutputSchema: OutputSchemaMaker,
): Promise<OutputSchema | undefined> {
  if (response_format === undefined || response_format.type === 'text') return undefined;
  if (response_format.type === 'json_object') return makeOutputSchema({ type: 'object' });
  try {
    return await makeOutputSchema(response_format.json_schema.schema);
  } catch (error) {
    if (!VisionError.isInstance(error) || error.code !== 'INVALID_ARGUMENT') throw error;
    throw new VisionError('INVALID_ARGUMENT', error.message, {
      param: 'response_format.json_schema.schema',
      cause: error,
      hint: error.hint,
    });
  }
}
