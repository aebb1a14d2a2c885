import { VisionError } from '@h2ovl/contract';
import type { RemoteImages } from '../documents/fetch-image.ts';
import type { ImageInput } from '../documents/image-source.ts';
import type { Warning } from '../generation/events.ts';
import type { Manifest } from '../model-files/manifest.ts';
import { arrangeShortForm } from '../text/arrange-content.ts';
import { buildPrompt } from '../text/build-prompt.ts';
import type { ChatTurn, ContentPart } from '../text/chat-template.ts';
import type { ImageSpan } from '../text/image-placeholders.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { ImageOptions, Message, PromptInput } from './model-types.ts';
import { type KnownPages, PageImage, type PageImageOptions } from './page-image.ts';

/** What a prompt is prepared for. */
export interface PromptContext {
  readonly model: Manifest['model'];
  readonly tokenizer: Tokenizer;
  readonly allowRemoteImages: RemoteImages;
  readonly knownPages: KnownPages;
}

/** A prompt whose tokens are counted and whose images are opened, but not decoded yet. */
export interface PreparedPrompt {
  readonly ids: ArrayLike<number> & Iterable<number>;
  /** One span of image tokens for each image, in order. */
  readonly spans: readonly ImageSpan[];
  readonly images: readonly PageImage[];
  readonly imageTokens: number;
  readonly warnings: readonly Warning[];
  close(): void;
}

/** Opens the images, counts their tiles by their headers and writes the prompt's ids. @throws VisionError INVALID_ARGUMENT, IMAGE_*, MODEL_UNSUPPORTED */
export async function preparePrompt(
  input: PromptInput & ImageOptions,
  context: PromptContext,
  signal: AbortSignal,
): Promise<PreparedPrompt> {
  const { system, turns, images: inputs } = readInput(input);
  const images = await openImages(inputs, input.maxTiles, context, signal);
  const { tokensPerTile } = context.model.image;
  const { ids, imageSpans, warnings } = buildPrompt({
    turns,
    system,
    tokensPerImage: images.map((image) => image.tileCount * tokensPerTile),
    tokenizer: context.tokenizer,
    template: context.model.template,
  });
  return {
    ids,
    spans: imageSpans,
    images,
    imageTokens: imageSpans.reduce((sum, span) => sum + span.length, 0),
    warnings,
    close: () => {
      for (const image of images) image.close();
    },
  };
}

async function openImages(
  inputs: readonly ImageInput[],
  maxTiles: number | undefined,
  { model, allowRemoteImages, knownPages }: PromptContext,
  signal: AbortSignal,
): Promise<readonly PageImage[]> {
  const { image } = model;
  const options: PageImageOptions = {
    tiles: {
      ...image,
      maxTiles: checkMaxTiles(maxTiles, image),
      // Multi-scale cropping is for a single image, as in the reference.
      useMsac: image.useMsac && inputs.length === 1,
    },
    patchSizePx: image.patchSizePx,
    allowRemote: allowRemoteImages,
    known: knownPages,
  };
  const images: PageImage[] = [];
  for (const input of inputs) images.push(await PageImage.open(input, options, signal));
  return images;
}

function checkMaxTiles(maxTiles: number | undefined, image: Manifest['model']['image']): number {
  if (maxTiles === undefined) return image.maxTiles;
  if (Number.isInteger(maxTiles) && maxTiles >= image.minTiles && maxTiles <= image.maxTiles) return maxTiles;
  throw new VisionError('INVALID_ARGUMENT', `maxTiles is ${maxTiles}; this model takes ${image.minTiles} to ${image.maxTiles}.`, {
    hint: `Set maxTiles to a whole number from ${image.minTiles} to ${image.maxTiles}, or leave it out.`,
  });
}

interface ReadInput {
  readonly system: string | undefined;
  readonly turns: readonly ChatTurn[];
  /** All images, in the order of the prompt. */
  readonly images: readonly ImageInput[];
}

/** The short and the full form as one. */
function readInput(input: PromptInput): ReadInput {
  if (input.messages !== undefined) {
    const short: { readonly prompt?: unknown; readonly images?: unknown } = input; // types forbid it, callers in JavaScript do not know
    if (short.prompt !== undefined || short.images !== undefined) {
      throw new VisionError('INVALID_ARGUMENT', 'Both prompt and messages were given.', { hint: 'Give one of them.' });
    }
    return readMessages(input.messages);
  }
  if (typeof input.prompt !== 'string') {
    throw new VisionError('INVALID_ARGUMENT', `prompt is ${typeof (input as { readonly prompt?: unknown }).prompt}, not a string.`, {
      hint: 'Give prompt or messages.',
    });
  }
  const images = input.images ?? [];
  if (!Array.isArray(images)) throw new VisionError('INVALID_ARGUMENT', 'images is not a list.', { hint: 'Wrap a single image: [image].' });
  if (input.prompt.trim() === '' && images.length === 0) throw new VisionError('INVALID_ARGUMENT', 'The prompt is empty.');
  return { system: input.system, turns: [{ role: 'user', content: arrangeShortForm(input.prompt, images.length) }], images };
}

function readMessages(messages: readonly Message[]): ReadInput {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new VisionError('INVALID_ARGUMENT', 'messages is not a list of at least one message.');
  }
  const images: ImageInput[] = [];
  const systems: string[] = [];
  const turns: ChatTurn[] = [];
  for (const [index, message] of (messages as readonly Message[]).entries()) {
    switch (message?.role) {
      case 'system':
        systems.push(message.content);
        break;
      case 'assistant':
        turns.push({ role: 'assistant', content: [{ type: 'text', text: message.content }] });
        break;
      case 'user':
        turns.push({ role: 'user', content: readParts(message.content, index, images) });
        break;
      default:
        throw new VisionError(
          'INVALID_ARGUMENT',
          `messages[${index}] has the role ${JSON.stringify((message as Message | undefined)?.role)}.`,
          {
            hint: 'Roles are system, user and assistant.',
          },
        );
    }
  }
  return { system: systems.length === 0 ? undefined : systems.join('\n\n'), turns, images };
}

/** The parts of one user message; its images are added to `images`. */
function readParts(content: Extract<Message, { role: 'user' }>['content'], message: number, images: ImageInput[]): readonly ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part, index): ContentPart => {
    if (part.type === 'text' && typeof part.text === 'string') return { type: 'text', text: part.text };
    if (part.type === 'image' && part.image !== undefined) {
      images.push(part.image);
      return { type: 'image' };
    }
    throw new VisionError('INVALID_ARGUMENT', `messages[${message}].content[${index}] is neither a text nor an image part.`, {
      hint: "Parts are { type: 'text', text } and { type: 'image', image }.",
    });
  });
}
