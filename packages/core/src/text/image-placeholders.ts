import { VisionError } from '@h2ovl/contract';
import type { PromptPart } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Where an image's context tokens stand in the ids: without the `<img>` before and the `</img>` after them. */
export interface ImageSpan {
  readonly start: number;
  readonly length: number;
}

export interface PromptTokens {
  readonly ids: Int32Array;
  /** The id of the context token, whose embeddings the image features replace, in order. */
  readonly imageTokenId: number;
  /** One per image, in order. */
  readonly imageSpans: readonly ImageSpan[];
}

export interface ImagePlaceholderOptions {
  /** Context tokens of each image, in order: tokens per tile times tiles, at least 1. */
  readonly tokensPerImage: readonly number[];
  readonly tokenizer: Tokenizer;
}

/** Stands for an image in a prompt text that this library, or a reference file, wrote. */
export const imageMark = '<image>';

const imageStart = '<img>';
const imageEnd = '</img>';
const imageContext = '<IMG_CONTEXT>';

/**
 * Prompt parts -> ids. Each image becomes `<img>`, its context tokens and `</img>`: one run for all its tiles. Text parts are encoded as
 * plain text, whatever they spell; neighbouring ones as one text.
 *
 * Throws INVALID_ARGUMENT when the number of images in the parts is not that of `tokensPerImage` or a count is not a positive whole number,
 * MODEL_UNSUPPORTED when the checkpoint lacks one of the tokens.
 */
export function encodePromptParts(parts: readonly PromptPart[], options: ImagePlaceholderOptions): PromptTokens {
  const { tokenizer } = options;
  const writer = createPromptWriter(options, parts.filter((part) => part.type === 'image').length);
  let text = '';
  for (const part of parts) {
    if (part.type === 'text') {
      text += part.text;
      continue;
    }
    writer.write(tokenizer.encodeText(text));
    text = '';
    if (part.type === 'image') writer.writeImage();
    else writer.write([tokenizer.idOf(part.token)]);
  }
  writer.write(tokenizer.encodeText(text));
  return writer.finish();
}

/**
 * A prompt text of our own making -> ids: special tokens are parsed and each `<image>` is the next image. Never for a user's text; see
 * buildPrompt. Throws as encodePromptParts does.
 */
export function expandPrompt(text: string, options: ImagePlaceholderOptions): PromptTokens {
  const [first = '', ...rest] = text.split(imageMark);
  const writer = createPromptWriter(options, rest.length);
  writer.write(options.tokenizer.encode(first));
  for (const segment of rest) {
    writer.writeImage();
    writer.write(options.tokenizer.encode(segment));
  }
  return writer.finish();
}

interface PromptWriter {
  write(ids: readonly number[]): void;
  /** Writes the next image's run. */
  writeImage(): void;
  finish(): PromptTokens;
}

function createPromptWriter({ tokensPerImage, tokenizer }: ImagePlaceholderOptions, imageCount: number): PromptWriter {
  if (imageCount !== tokensPerImage.length) {
    throw new VisionError('INVALID_ARGUMENT', `The prompt has places for ${imageCount} images; ${tokensPerImage.length} were given.`);
  }
  for (const [index, count] of tokensPerImage.entries()) {
    if (Number.isInteger(count) && count > 0) continue;
    throw new VisionError('INVALID_ARGUMENT', `Image ${index + 1} has ${count} tokens; it must be a whole number from 1 up.`);
  }
  const imageTokenId = tokenizer.idOf(imageContext);
  const ids: number[] = [];
  const imageSpans: ImageSpan[] = [];
  return {
    write: (more) => {
      for (const id of more) ids.push(id);
    },
    writeImage: () => {
      const length = tokensPerImage[imageSpans.length] as number; // the count of images was checked above
      ids.push(tokenizer.idOf(imageStart));
      imageSpans.push({ start: ids.length, length });
      for (let i = 0; i < length; i += 1) ids.push(imageTokenId);
      ids.push(tokenizer.idOf(imageEnd));
    },
    finish: () => ({ ids: Int32Array.from(ids), imageTokenId, imageSpans }),
  };
}
