import type { PageRotation } from './lines.ts';
import type { PromptInput } from './messages.ts';
import type { OutputSchema } from './output-schema.ts';

/** Whether known text is proposed to the model: where there is some (`auto`), or never. */
export type DraftChoice = (typeof draftChoices)[number];

export const draftChoices = ['auto', 'off'] as const;

/** How an answer is chosen and where it ends. Every field is optional; without any of them the best token is always taken. */
export interface SamplingOptions {
  /** Most tokens the answer may have; an integer from 1. A longer answer is cut, and its finishReason is `length`. @default 1024 */
  readonly maxOutputTokens?: number;
  /** 0 always takes the best token; larger values vary more. Finite, from 0. @default 0 */
  readonly temperature?: number;
  /** Take part: the fewest best tokens with this share of the odds; above 0, up to 1. @default 1 */
  readonly topP?: number;
  /** Take part: the best so many tokens; an integer from 1. @default all */
  readonly topK?: number;
  /** Any safe integer; the same seed gives the same answer. @default drawn anew */
  readonly seed?: number;
  /** Makes tokens that occurred less likely; above 0, 1 changes nothing. Values above 1 tend to empty tables. @default 1 */
  readonly repetitionPenalty?: number;
  /** The answer ends before the first of these; up to 16, none of them empty. @default [] */
  readonly stopSequences?: readonly string[];
  /** Ends runs of the same blank, on which models go round in circles at empty forms and tables, as the 0.8B's own `ocr()` does. @default false */
  readonly endBlankRuns?: boolean;
  /**
   * Ends an answer that goes round in circles, as models do that have lost their place; its finishReason is `loop`, and all that was written is in `text`.
   * Equal rows that stand on a page are spared where the page is known (`pageText`), else there may be 8 copies and 512 tokens of them. @default true
   */
  readonly endLoops?: boolean;
  /**
   * `auto`: where text of the page is known (`pageText`, `draftText`), it is proposed to the model, which checks several tokens in one step and takes its own
   * choice: several times as fast, whatever the text says. What the model answered about the same pictures lately is proposed beside it. With the precision
   * `exact` the answer is the same; with others a step over several tokens rounds differently from one over a single token. @default 'auto'
   */
  readonly drafts?: DraftChoice;
}

/** What bounds an answer beside its tokens. */
export interface AnswerBounds {
  /** Milliseconds that the model may work on the answer, its turn in the queue not counted. Then the answer is what there is, and its finishReason `timeout`. @default none */
  readonly budgetMs?: number | undefined;
  /** What another reader saw on the page: tells a text that stands there several times from one that the model goes round in. */
  readonly pageText?: string | undefined;
  /**
   * Text that the answer may follow, such as the text layer of a PDF. It may be wrong: it saves time where the model writes the same, and nothing else. Its
   * first 40,000 characters are looked through.
   */
  readonly draftText?: string | undefined;
}

/**
 * Into how many tiles an image is cut: a number is the most for each of its grids, `auto` as many as the model takes. `crops` is for pages of documents: a page
 * is shown in parts, cut between its lines, each of which is an image of its own. Reading a document, `auto` does so where the lines of a page would
 * else become too small.
 */
export type TileChoice = 'auto' | number | 'crops';

/** Degrees clockwise by which pages are turned before a model sees them; `auto`: as the line reader says, where that is clear. */
export type RotateChoice = 'auto' | PageRotation;

/** How pictures are given to the model. */
export interface ImageOptions {
  /** Tiles one image is cut into: `auto`, or at most so many for each of its grids, 1 to the model's own maximum. Fewer is faster and reads less. @default 'auto' */
  readonly tiles?: TileChoice;
}

/**
 * How a schema is held. `decoding`: the model can write nothing else; a schema with a condition that cannot be enforced in this way is refused
 * (SCHEMA_UNSUPPORTED) before it starts. `after`: what can be enforced while decoding is; the answer is checked for the rest, and asked for once
 * more when it does not fit.
 */
export type SchemaEnforcement = 'decoding' | 'after';

/** What asks for a typed object; required as soon as a type is named, since nothing else could make a value of it. */
export type SchemaOption<T> = undefined extends T
  ? {
      /** Adds a typed `object`: the schema is shown to the model, and nothing else can be written (see `enforcement`). */
      readonly schema?: OutputSchema<T>;
    }
  : {
      /** Adds a typed `object`: the schema is shown to the model, and nothing else can be written (see `enforcement`). */
      readonly schema: OutputSchema<T>;
    };

/** Everything a generation can be told. `T` is the type of the object the schema describes, undefined without a schema. */
export type GenerateOptions<T = undefined> = PromptInput &
  SamplingOptions &
  AnswerBounds &
  ImageOptions &
  SchemaOption<T> & {
    /** How a schema is held. @default 'decoding' */
    readonly enforcement?: SchemaEnforcement;
    /** Stops the work at the next step; the call rejects with `signal.reason` untouched. */
    readonly signal?: AbortSignal;
  };
