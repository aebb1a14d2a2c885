import type { LanguageModelV3CallOptions, LanguageModelV3FilePart, LanguageModelV3Prompt, SharedV3Warning } from '@ai-sdk/provider';
import type { GenerateOptions, ImageInput, ImagePart, Message, OutputSchema, TextPart } from '../generation-types.ts';
import { jsonSchema } from '../output-schema.ts';

/** A call in our words, and what of it had to be left out. */
export interface ReadCall {
  readonly options: GenerateOptions<unknown>;
  readonly warnings: readonly SharedV3Warning[];
}

/** Reads a V3 call. What the models cannot do becomes a warning, never an exception. */
export function readCall(call: LanguageModelV3CallOptions): ReadCall {
  const warnings: SharedV3Warning[] = [];
  const messages = readMessages(call.prompt, warnings);
  if (call.tools !== undefined && call.tools.length > 0) warn(warnings, 'tools', 'The models cannot call tools.');
  if (call.toolChoice !== undefined && call.toolChoice.type !== 'auto' && call.toolChoice.type !== 'none') warn(warnings, 'toolChoice');
  if (call.presencePenalty !== undefined && call.presencePenalty !== 0) warn(warnings, 'presencePenalty');
  if (call.frequencyPenalty !== undefined && call.frequencyPenalty !== 0) warn(warnings, 'frequencyPenalty');
  const schema = readFormat(call.responseFormat);
  return {
    options: {
      messages,
      ...(call.maxOutputTokens === undefined ? {} : { maxOutputTokens: call.maxOutputTokens }),
      ...(call.temperature === undefined ? {} : { temperature: call.temperature }),
      ...(call.topP === undefined ? {} : { topP: call.topP }),
      ...(call.topK === undefined ? {} : { topK: call.topK }),
      ...(call.seed === undefined ? {} : { seed: call.seed }),
      ...(call.stopSequences === undefined ? {} : { stopSequences: call.stopSequences }),
      ...(schema === undefined ? {} : { schema }),
      ...(call.abortSignal === undefined ? {} : { signal: call.abortSignal }),
    },
    warnings,
  };
}

function readMessages(prompt: LanguageModelV3Prompt, warnings: SharedV3Warning[]): readonly Message[] {
  const messages: Message[] = [];
  for (const message of prompt) {
    switch (message.role) {
      case 'system':
        messages.push({ role: 'system', content: message.content });
        break;
      case 'user':
        messages.push({ role: 'user', content: readUserParts(message.content, warnings) });
        break;
      case 'assistant': {
        const kept = message.content.flatMap((part): TextPart[] => (part.type === 'text' ? [{ type: 'text', text: part.text }] : []));
        if (kept.length < message.content.length) warn(warnings, 'assistant message parts', 'Only the text of earlier answers is kept.');
        messages.push({ role: 'assistant', content: kept }); // without text too: it stands between two questions
        break;
      }
      case 'tool':
        warn(warnings, 'tool messages', 'The models cannot call tools; the message was left out.');
        break;
      default:
        message satisfies never;
    }
  }
  return messages;
}

function readUserParts(
  content: Extract<LanguageModelV3Prompt[number], { role: 'user' }>['content'],
  warnings: SharedV3Warning[],
): readonly (TextPart | ImagePart)[] {
  return content.flatMap((part): readonly (TextPart | ImagePart)[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text }];
    if (part.mediaType !== 'image' && !part.mediaType.startsWith('image/')) {
      warn(warnings, `file part of type ${part.mediaType}`, 'Only images can be read; the file was left out.');
      return [];
    }
    return [{ type: 'image', image: readData(part) }];
  });
}

function readData(part: LanguageModelV3FilePart): ImageInput {
  const { data } = part;
  if (typeof data !== 'string') return data;
  // A string is base64 by V3's contract; our own strings are addresses, so it is decoded here.
  return /^(data|https?):/i.test(data) ? data : Uint8Array.from(Buffer.from(data, 'base64'));
}

function readFormat(format: LanguageModelV3CallOptions['responseFormat']): OutputSchema | undefined {
  if (format?.type !== 'json') return undefined;
  return jsonSchema((format.schema ?? { type: 'object' }) as Readonly<Record<string, unknown>>); // JSONSchema7 has no index signature
}

function warn(warnings: SharedV3Warning[], feature: string, details?: string): void {
  warnings.push({ type: 'unsupported', feature, ...(details === undefined ? {} : { details }) });
}
