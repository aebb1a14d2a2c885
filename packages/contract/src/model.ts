import type { GenerateOptions } from './options.ts';
import type { GenerateResult, TokenCount } from './result.ts';
import type { GenerationStream } from './stream.ts';

/** How the weights of a model are stored. */
export interface WeightFormats {
  /** Name of the recipe: `exact`, `balanced`, `fast`. */
  readonly name: string;
  /** Number format of the vision part, of the language part and of its last layer. */
  readonly vision: string;
  readonly language: string;
  readonly head: string;
}

/** What runs the model. */
export interface ModelRuntime {
  /** `onnxruntime`. */
  readonly name: string;
  readonly version: string;
  /** Where it computes: `cpu` or `webgpu`. */
  readonly device: string;
  /** Where the vision part computes, where that is another device. */
  readonly visionDevice?: string | undefined;
  /** How it is called: `ffi` or `worker`. */
  readonly adapter: string;
  /** Threads inside one operator. */
  readonly threads: number;
}

/** What a loaded model is and how it runs. */
export interface ModelInfo {
  /** `model_type` of the checkpoint and of its language part. */
  readonly architecture: string;
  readonly parameters: number;
  readonly weights: WeightFormats;
  /** Prompt and answer together, in tokens. */
  readonly contextLength: number;
  readonly maxTiles: number;
  /** Side of a tile in pixels; left out by models behind a server. */
  readonly tileSizePx?: number | undefined;
  readonly tokensPerTile: number;
  readonly runtime: ModelRuntime;
  /** Folder of the converted files; undefined for a model behind a server. */
  readonly directory?: string;
  /** Why this runtime and these settings, as sentences for people; what a program needs to know is in the fields. */
  readonly reasons: readonly string[];
}

/** A vision-language model: in this process, behind a server, or made for a test. All packages speak to it through this interface. */
export interface VisionModel extends AsyncDisposable {
  /** The alias, or the name of the folder it came from. */
  readonly id: string;
  /** What it is and how it runs. */
  info(options?: { readonly signal?: AbortSignal }): Promise<ModelInfo>;
  /** @throws VisionError (see `code`), OutputInvalidError with a schema; rejects with `signal.reason` when cancelled */
  generate<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>>;
  /** Lazy: nothing runs until it is read or its result is asked for. Then it runs to its end, however slowly it is read; leaving the loop stops it. */
  stream<T = undefined>(options: GenerateOptions<T>): GenerationStream<T>;
  /**
   * Counts the prompt of these options without running the model: what `generate` would be given, a schema and all. Images are opened for their
   * size only, and what concerns the answer alone does not matter.
   */
  countTokens(options: GenerateOptions<unknown>): Promise<TokenCount>;
  /** Refuses new work, stops the running one, waits for it, frees everything. Idempotent. */
  dispose(): Promise<void>;
}
