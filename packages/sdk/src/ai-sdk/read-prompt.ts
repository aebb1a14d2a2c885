import {
  InvalidPromptError,
  type LanguageModelV3CallOptions,
  type LanguageModelV3FilePart,
  type LanguageModelV3Prompt,
  type SharedV3Warning,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import {
  checkOptions,
  type GenerateOptions,
  type ImageInput,
  type ImageOptions,
  type ImagePart,
  jsonSchema,
  type Message,
  type OptionNames,
  type OutputSchema,
  type TextPart,
} from '@h2ovl/contract';
import { decodeBase64 } from '../decode-base64.ts';

/** A call in our words, and what of it had to be left out. */
export interface ReadCall {
  readonly options: GenerateOptions<unknown>;
  readonly warnings: readonly SharedV3Warning[];
}

/** What the model at hand takes beside text and images. */
export interface ModelInput {
  /** A server takes a PDF as the pictures of its pages; a model in this process does not. */
  readonly takesPdf: boolean;
}

/**
 * Reads a V3 call. Settings that the models do not have become warnings. A part of the conversation that cannot be shown to them is an error:
 * an answer that was made without it would look like one that was made with it.
 * Throws UnsupportedFunctionalityError; VisionError INVALID_ARGUMENT for an option of ours that does not exist.
 */
export function readCall(call: LanguageModelV3CallOptions, input: ModelInput): ReadCall {
  const warnings: SharedV3Warning[] = [];
  const messages = readMessages(call.prompt, warnings, input);
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
      ...readOwnOptions(call.providerOptions?.h2ovl),
      ...(schema === undefined ? {} : { schema }),
      ...(call.abortSignal === undefined ? {} : { signal: call.abortSignal }),
    },
    warnings,
  };
}

const ownOptionNames: OptionNames<ImageOptions> = { tiles: true };

/** What only our models have: `providerOptions: { h2ovl: { tiles: 4 } }`. Whether a value is one that an option may have, the model says. */
function readOwnOptions(given: object | undefined): ImageOptions {
  if (given === undefined) return {};
  checkOptions(given, ownOptionNames, 'providerOptions.h2ovl');
  return given;
}

function readMessages(prompt: LanguageModelV3Prompt, warnings: SharedV3Warning[], input: ModelInput): readonly Message[] {
  const messages: Message[] = [];
  for (const message of prompt) {
    switch (message.role) {
      case 'system':
        messages.push({ role: 'system', content: message.content });
        break;
      case 'user':
        messages.push({ role: 'user', content: readUserParts(message.content, input) });
        break;
      case 'assistant':
        messages.push({ role: 'assistant', content: readAnswer(message.content, warnings) });
        break;
      case 'tool':
        throw unsupported('tool messages', 'The models cannot call tools.');
      default:
        message satisfies never;
    }
  }
  return messages;
}

type Content<Role> = Extract<LanguageModelV3Prompt[number], { readonly role: Role }>['content'];

/** The texts of an earlier answer; none too, since it stands between two questions. What the model thought on the way is not part of it. */
function readAnswer(content: Content<'assistant'>, warnings: SharedV3Warning[]): readonly TextPart[] {
  return content.flatMap((part): readonly TextPart[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text }];
    if (part.type !== 'reasoning')
      throw unsupported(`${part.type} parts in an answer`, 'The models read only the text of earlier answers.');
    warn(warnings, 'reasoning parts', 'Only the text of earlier answers is kept.');
    return [];
  });
}

function readUserParts(content: Content<'user'>, { takesPdf }: ModelInput): readonly (TextPart | ImagePart)[] {
  return content.map((part): TextPart | ImagePart => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    const isPdf = part.mediaType === 'application/pdf';
    if (!(isPdf && takesPdf) && part.mediaType !== 'image' && !part.mediaType.startsWith('image/')) {
      const nextMove = isPdf ? 'turn each page into one first, or use a model behind a server' : 'turn each page into one first';
      throw unsupported(`file parts of type ${part.mediaType}`, `The model reads images; ${nextMove}.`);
    }
    return { type: 'image', image: readData(part) };
  });
}

function unsupported(functionality: string, reason: string): UnsupportedFunctionalityError {
  return new UnsupportedFunctionalityError({ functionality, message: `'${functionality}' cannot be passed on. ${reason}` });
}

function readData(part: LanguageModelV3FilePart): ImageInput {
  const { data } = part;
  if (typeof data !== 'string') return data;
  // A string is base64 by V3's contract; our own strings are addresses, so it is decoded here.
  if (/^(data|https?):/i.test(data)) return data;
  try {
    return decodeBase64(data);
  } catch (error) {
    throw new InvalidPromptError({ prompt: part, message: 'The data of a file part is not base64. Encode the bytes again.', cause: error });
  }
}

function readFormat(format: LanguageModelV3CallOptions['responseFormat']): OutputSchema | undefined {
  if (format?.type !== 'json') return undefined;
  return jsonSchema((format.schema ?? { type: 'object' }) as Readonly<Record<string, unknown>>); // JSONSchema7 has no index signature
}

function warn(warnings: SharedV3Warning[], feature: string, details?: string): void {
  warnings.push({ type: 'unsupported', feature, ...(details === undefined ? {} : { details }) });
}
