import type { ImageInput } from './messages.ts';
import type { AnswerBounds, GenerateOptions, ImageOptions, SamplingOptions, SchemaOption } from './options.ts';

/** What a document can be asked for, the same through every interface. */
export type OperationName = 'read' | 'ask' | 'extract';

/** What an interface needs to know about an operation. */
export interface Operation {
  /** What the model is told; empty where the caller's question takes its place. With a schema it stands before the schema's skeleton. */
  readonly instruction: string;
  /** Tokens of the answer when the caller names no limit. */
  readonly maxOutputTokens: number;
  /** Whether runs of blanks are ended, as the 0.8B's own `ocr()` does: pages with empty forms and tables lead into them. */
  readonly endBlankRuns: boolean;
}

/**
 * Instruction and defaults of each operation, written once. `read` has what the models were trained to be asked for a transcription, and
 * room for a dense page (about 2,000 tokens). `extract` has the sentence of the model cards, which the schema's skeleton follows.
 */
export const operations: Readonly<Record<OperationName, Operation>> = {
  read: { instruction: 'Read the text in the image.', maxOutputTokens: 4096, endBlankRuns: true },
  ask: { instruction: '', maxOutputTokens: 1024, endBlankRuns: false },
  extract: {
    instruction: 'Extract the details from the image and structure them into JSON format',
    maxOutputTokens: 1024,
    endBlankRuns: false,
  },
};

/** What every operation may be told beside its pages. */
export interface OperationOptions extends SamplingOptions, ImageOptions, AnswerBounds {
  /** Pictures that share one prompt, in order. */
  readonly images: readonly ImageInput[];
  readonly signal?: AbortSignal;
}

/** The request for a transcription of the pictures. `instruction` replaces the operation's own. */
export function readRequest({ instruction, ...options }: OperationOptions & { readonly instruction?: string }): GenerateOptions {
  return {
    endBlankRuns: operations.read.endBlankRuns,
    ...options,
    prompt: instruction ?? operations.read.instruction,
    maxOutputTokens: limitOf('read', options.maxOutputTokens),
  };
}

/** The request for an answer to a question about the pictures. */
export function askRequest({ question, ...options }: OperationOptions & { readonly question: string }): GenerateOptions {
  return { ...options, prompt: question, maxOutputTokens: limitOf('ask', options.maxOutputTokens) };
}

/** The request for an object that fits the schema. `instruction` replaces the operation's own, which the model's side writes, skeleton and all. */
export function extractRequest<T>({
  instruction,
  ...options
}: OperationOptions & { readonly instruction?: string } & SchemaOption<T>): GenerateOptions<T> {
  const request = {
    ...options,
    prompt: instruction ?? '',
    maxOutputTokens: limitOf('extract', options.maxOutputTokens),
  };
  return request as unknown as GenerateOptions<T>; // the compiler does not follow a conditional type through a spread
}

function limitOf(name: OperationName, wanted: number | undefined): number {
  return wanted ?? operations[name].maxOutputTokens;
}
