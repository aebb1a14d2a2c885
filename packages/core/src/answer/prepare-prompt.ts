import { type ImageOptions, nameParam, type PromptInput, type TileChoice, VisionError, type Warning } from '@h2ovl/contract';
import type { RemoteImages } from '../documents/fetch-image.ts';
import type { ImageLimits } from '../documents/image-limits.ts';
import type { Manifest } from '../model-files/manifest.ts';
import { buildPrompt } from '../text/build-prompt.ts';
import type { QuestionFrame } from '../text/frame-question.ts';
import type { ImageSpan } from '../text/image-placeholders.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { type KnownPages, PageImage, type PageImageOptions } from './page-image.ts';
import { type PlacedImage, readInput } from './read-input.ts';

/** What a prompt is prepared for. */
export interface PromptContext {
  readonly model: Manifest['model'];
  readonly tokenizer: Tokenizer;
  readonly allowRemoteImages: RemoteImages;
  readonly imageLimits: Required<ImageLimits>;
  readonly knownPages: KnownPages;
}

/** A prompt whose tokens are counted and whose images are opened, but not decoded yet. */
export interface PreparedPrompt {
  readonly ids: ArrayLike<number> & Iterable<number>;
  /** One span of image tokens for each image, in order. */
  readonly spans: readonly ImageSpan[];
  readonly images: readonly PageImage[];
  /** Where the caller put each image. */
  readonly imagePlaces: readonly string[];
  readonly imageTokens: number;
  readonly warnings: readonly Warning[];
  close(): void;
}

/**
 * Opens the images, counts their tiles by their headers and writes the prompt's ids. `frame` stands around the words of the last message.
 * @throws VisionError INVALID_ARGUMENT, IMAGE_*, MODEL_UNSUPPORTED
 */
export async function preparePrompt(
  input: PromptInput & ImageOptions,
  context: PromptContext,
  signal: AbortSignal,
  frame?: QuestionFrame,
): Promise<PreparedPrompt> {
  const { system, turns, images: inputs } = readInput(input);
  const images = await openImages(inputs, input.tiles, context, signal);
  const close = (): void => closeAll(images);
  try {
    const { tokensPerTile } = context.model.image;
    const { ids, imageSpans, warnings } = buildPrompt({
      turns,
      system,
      frame,
      tokensPerImage: images.map((image) => image.tileCount * tokensPerTile),
      tokenizer: context.tokenizer,
      template: context.model.template,
    });
    const imageTokens = imageSpans.reduce((sum, span) => sum + span.length, 0);
    return { ids, spans: imageSpans, images, imagePlaces: inputs.map(({ place }) => place), imageTokens, warnings, close };
  } catch (error) {
    close();
    throw error;
  }
}

function closeAll(images: readonly PageImage[]): void {
  for (const image of images) image.close();
}

async function openImages(
  inputs: readonly PlacedImage[],
  choice: TileChoice | undefined,
  { model, allowRemoteImages, imageLimits, knownPages }: PromptContext,
  signal: AbortSignal,
): Promise<readonly PageImage[]> {
  const { image } = model;
  const options: PageImageOptions = {
    tiles: {
      ...image,
      maxTiles: mostTiles(choice, image),
      // Multi-scale cropping is for a single image, as in the reference.
      useMsac: image.useMsac && inputs.length === 1,
    },
    patchSizePx: image.patchSizePx,
    allowRemote: allowRemoteImages,
    limits: imageLimits,
    known: knownPages,
  };
  const images: PageImage[] = [];
  try {
    for (const { image: input, place } of inputs) {
      const opened = PageImage.open(input, options, signal);
      images.push(
        await opened.catch((error: unknown) => {
          throw nameParam(error, place);
        }),
      );
    }
    return images;
  } catch (error) {
    closeAll(images);
    throw error;
  }
}

function mostTiles(choice: TileChoice | undefined, image: Manifest['model']['image']): number {
  if (choice === undefined || choice === 'auto') return image.maxTiles;
  if (choice === 'crops') {
    throw new VisionError('INVALID_ARGUMENT', "tiles is 'crops', which is for pages of documents.", {
      hint: 'Read the picture as a document, or set tiles to auto.',
      param: 'tiles',
    });
  }
  if (Number.isInteger(choice) && choice >= image.minTiles && choice <= image.maxTiles) return choice;
  throw new VisionError(
    'INVALID_ARGUMENT',
    `tiles is ${JSON.stringify(choice)}; this model takes ${image.minTiles} to ${image.maxTiles}.`,
    {
      hint: `Set tiles to 'auto', or to a whole number from ${image.minTiles} to ${image.maxTiles}.`,
      param: 'tiles',
    },
  );
}
