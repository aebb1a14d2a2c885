import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadProgress, TileChoice } from '@h2ovl/contract';
import { KnownPages } from '../answer/page-image.ts';
import { type PreparedPrompt, type PromptContext, preparePrompt } from '../answer/prepare-prompt.ts';
import { type FeatureSource, TiledPromptSource } from '../answer/prompt-source.ts';
import { ensureConverted, type Precision } from '../convert/index.ts';
import { resolveImageLimits } from '../documents/image-limits.ts';
import { type OpenedModel, openModel } from '../model/open-model.ts';
import type { TileIdentities } from '../model/tile-identities.ts';
import type { TileInput } from '../model/vision-encoder.ts';
import type { Manifest } from '../model-files/manifest.ts';
import { probeInt8Limit } from '../runtime/int8-probe.ts';
import type { Runtime } from '../runtime/port.ts';
import type { QuestionFrame } from '../text/frame-question.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';

export interface OpenPrecisionOptions {
  readonly runtime: Runtime;
  /** Folder of the original files. */
  readonly checkpoint: string;
  /** Largest magnitude of int8 weights. @default what this processor needs */
  readonly int8Limit?: 64 | 127 | undefined;
  /** Where the conversion is kept. @default the cache */
  readonly home?: string;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** A converted precision, its graphs not opened yet. */
export interface PreparedPrecision {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly tokenizer: Tokenizer;
}

/** A model whose predictions are looked at. */
export interface ReadableModel extends PreparedPrecision {
  readonly opened: OpenedModel;
}

/** Opens one precision of a checkpoint, converting it first if need be. The caller disposes of `opened`. */
export async function openPrecision(precision: Precision, options: OpenPrecisionOptions): Promise<ReadableModel> {
  return openPrepared(await preparePrecision(precision, options), options);
}

/** Converts a checkpoint to a precision where nobody has yet. */
export async function preparePrecision(precision: Precision, options: OpenPrecisionOptions): Promise<PreparedPrecision> {
  const { runtime, signal, onProgress } = options;
  const int8Limit = precision === 'exact' ? 64 : (options.int8Limit ?? (await probeInt8Limit(runtime)));
  const { directory, manifest } = await ensureConverted(options.checkpoint, {
    precision,
    int8Limit,
    signal,
    ...(options.home !== undefined && { home: options.home }),
    ...(onProgress && { onProgress }),
  });
  const tokenizer = createTokenizer({
    modelBytes: await readFile(join(directory, manifest.tokenizer.file)),
    addedTokens: manifest.tokenizer.addedTokens,
  });
  return { directory, manifest, tokenizer };
}

/** Opens both graphs. The caller disposes of `opened`. */
export async function openPrepared(
  prepared: PreparedPrecision,
  { runtime, signal, onProgress }: Pick<OpenPrecisionOptions, 'runtime' | 'signal' | 'onProgress'>,
): Promise<ReadableModel> {
  const opened = await openModel(runtime, prepared.directory, prepared.manifest, {
    maxRows: 1,
    maxIdleBytes: 0,
    maxFeatureBytes: 0,
    keepPrepacked: false, // read once: a copy would only fill the disk
    onProgress: onProgress ?? (() => {}),
    signal,
  });
  return { ...prepared, opened };
}

/** What reading a page takes of a model. */
export interface PageReadingModel extends Pick<ReadableModel, 'manifest' | 'tokenizer'> {
  readonly opened: Pick<OpenedModel, 'embedder'> & {
    readonly vision: FeatureSource;
    readonly identities: Pick<TileIdentities, 'numberOf'>;
  };
}

/** A question about one page. */
export interface PageQuestion {
  /** Path of the image. */
  readonly file: string;
  readonly question: string;
  readonly tiles?: TileChoice | undefined;
  readonly frame?: QuestionFrame | undefined;
}

/** Prepares a question about a page as answering does, lends it out, and closes the page. */
export async function withPage<T>(
  model: PageReadingModel,
  question: PageQuestion,
  signal: AbortSignal,
  use: (prompt: TiledPromptSource, tiles: readonly TileInput[]) => Promise<T>,
): Promise<T> {
  const { tokensPerTile } = model.manifest.model.image;
  return withTiles(model, question, signal, (tiles, prompt) =>
    use(new TiledPromptSource({ ...prompt, tiles, tokensPerTile, ...model.opened }), tiles),
  );
}

/** The same for its tiles alone, which take no opened graph. */
export async function withTiles<T>(
  { manifest, tokenizer }: Pick<PageReadingModel, 'manifest' | 'tokenizer'>,
  { file, question, tiles: choice, frame }: PageQuestion,
  signal: AbortSignal,
  use: (tiles: readonly TileInput[], prompt: PreparedPrompt) => Promise<T>,
): Promise<T> {
  const context: PromptContext = {
    model: manifest.model,
    tokenizer,
    allowRemoteImages: false,
    imageLimits: resolveImageLimits(),
    knownPages: new KnownPages(),
  };
  const input = { prompt: question, images: [file], ...(choice !== undefined && { tiles: choice }) };
  const prompt = await preparePrompt(input, context, signal, frame);
  try {
    return await use((await Promise.all(prompt.images.map((page) => page.tiles(signal)))).flat(), prompt);
  } finally {
    prompt.close();
  }
}
