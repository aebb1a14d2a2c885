import type { LoadProgress } from '@h2ovl/contract';
import type { RemoteImages } from '../documents/fetch-image.ts';
import type { ImageInput } from '../documents/image-source.ts';
import type { GenerateResult, GenerationStream } from '../generation/events.ts';
import type { SamplingOptions } from '../generation/sampling-options.ts';
import type { OutputSchema } from '../json/output-schema.ts';
import type { FeatureCacheOptions } from '../model/feature-store.ts';

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

export interface ImagePart {
  readonly type: 'image';
  readonly image: ImageInput;
}

/**
 * One message of a conversation. The models know user and assistant turns that alternate: messages of one role in a row are joined, and what
 * system messages say is put into the first user turn, with a warning. `null` is an answer without text.
 *
 * Where a picture stands: one picture of a turn goes before all of its text, wherever it was put. Several pictures before or after the text
 * get a line `Image-1: <image>` each before it; pictures between texts stay where they are. A text that spells `<image>` as often as the turn
 * has pictures says itself where they stand.
 */
export type Message =
  | { readonly role: 'system'; readonly content: string | readonly TextPart[] }
  | { readonly role: 'user'; readonly content: string | readonly (TextPart | ImagePart)[] }
  | { readonly role: 'assistant'; readonly content: string | readonly TextPart[] | null };

/** The short form or the full form, never both. */
export type PromptInput =
  | { readonly prompt: string; readonly images?: readonly ImageInput[]; readonly system?: string; readonly messages?: never }
  | { readonly messages: readonly Message[]; readonly prompt?: never; readonly images?: never; readonly system?: never };

export interface ImageOptions {
  /** Tiles one image is cut into at most, for each of its grids, 1 to the model's own maximum. Fewer is faster and reads less. @default the model's maximum */
  readonly maxTiles?: number;
}

export type GenerateOptions<T = undefined> = PromptInput &
  SamplingOptions &
  ImageOptions & {
    /** Adds a typed `object`: the schema is shown to the model, its answer is checked, and it is asked once more when it does not fit. */
    readonly schema?: OutputSchema<T>;
    /** Stops the work at the next step; rejects with `signal.reason`. */
    readonly signal?: AbortSignal;
  };

export interface TokenCount {
  /** All prompt tokens, image tokens included. */
  readonly inputTokens: number;
  readonly imageTokens: number;
}

/** What a loaded model is and how it runs. */
export interface ModelInfo {
  /** `model_type` of the checkpoint and of its language part. */
  readonly architecture: string;
  readonly parameters: number;
  /** How the weights are stored: precision name and formats per part. */
  readonly weights: string;
  /** Prompt and answer together, in tokens. */
  readonly contextLength: number;
  readonly maxTiles: number;
  readonly tokensPerTile: number;
  /** Folder of the converted files. */
  readonly directory: string;
  readonly runtime: string;
  readonly threads: number;
  /** Why this runtime and these settings. */
  readonly reasons: readonly string[];
}

export interface VisionModel extends AsyncDisposable {
  /** The alias, or the name of the folder it came from. */
  readonly id: string;
  readonly info: ModelInfo;
  /** @throws VisionError (see `code`), OutputInvalidError with a schema; rejects with `signal.reason` when cancelled */
  generate<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>>;
  /** Lazy, pull-based, single use: nothing runs until it is read; leaving the loop stops the work. */
  stream<T = undefined>(options: GenerateOptions<T>): GenerationStream<T>;
  /** Counts a prompt without running the model; images are opened for their size only. */
  countTokens(options: PromptInput & ImageOptions): Promise<TokenCount>;
  /** Refuses new work, stops the running one, waits for it, frees everything. Idempotent. */
  dispose(): Promise<void>;
}

export interface LoadOptions {
  /** Only 'cpu' is built so far; 'auto' takes the best there is. @default 'auto' */
  readonly device?: 'auto' | 'cpu';
  /** Threads inside one operator. @default the physical cores this process may use */
  readonly threads?: number;
  /** How a checkpoint's weights are stored: 'balanced' costs nothing measurable, 'exact' is float32 throughout, 'fast' is smaller. @default 'balanced' */
  readonly precision?: 'exact' | 'balanced' | 'fast';
  /**
   * Whether https addresses of images may be fetched: none, those on the public internet (`true`), or those on the listed private hosts too. Never
   * through a proxy; `forbidNetwork()` and H2OVL_OFFLINE switch it off. @default false
   */
  readonly allowRemoteImages?: RemoteImages;
  /** Keeps the features of pages on disk too, so that questions about them skip the vision part after a restart. @default off */
  readonly featureCache?: FeatureCacheOptions;
  /** Answers that may be in work at the same time; they share decode steps. @default 4 */
  readonly maxConcurrent?: number;
  /** Bytes of decoder cache that all answers together may take. @default a quarter of the memory, at most 4 GB */
  readonly maxCacheBytes?: number;
  /** An error thrown here fails the load. */
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}
