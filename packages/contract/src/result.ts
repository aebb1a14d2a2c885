import type { AnswerCertainty, Certainty } from './certainty.ts';

/**
 * Why an answer ended: the model said so, the token limit, a stop sequence of the caller's, a text that the model went round in (the guard against loops), or
 * the time it may take.
 */
export const finishReasons = ['stop', 'length', 'stop-sequence', 'loop', 'timeout'] as const;

export type FinishReason = (typeof finishReasons)[number];

/** Something the caller should know about an answer that came nevertheless. */
export interface Warning {
  /** What kind it is, for programs; a later version may send kinds that an earlier one does not know, which it then takes for 'other'. */
  readonly type: WarningType;
  /** What it is about, for people. */
  readonly message: string;
}

/**
 * 'image': a picture was damaged, or only a part of it was read. 'cut': the answer ended at a limit. 'empty': it has no text. 'schema': the answer was asked
 * for again, repaired, or bounded to fit its schema. 'prompt': the text of the question was changed. 'unsupported', 'compatibility': an option has no effect
 * here, or another one than elsewhere.
 */
export type WarningType = (typeof warningTypes)[number];

export const warningTypes = ['image', 'cut', 'empty', 'schema', 'prompt', 'unsupported', 'compatibility', 'other'] as const;

/** Token counts of an answer. */
export interface Usage {
  /** All prompt tokens, image tokens included. */
  readonly inputTokens: number;
  readonly imageTokens: number;
  readonly outputTokens: number;
  /** Prompt tokens whose work was reused from an earlier question on the same page. */
  readonly cachedTokens: number;
  /** Tokens that were proposed to the model (`drafts`) and read along; left out where the answer was not drafted. */
  readonly draftedTokens?: number | undefined;
  /** Those of them that it chose. */
  readonly acceptedTokens?: number | undefined;
}

/** Milliseconds of wall time per phase, by a monotonic clock, measured where the model runs. */
export interface Timings {
  readonly queueMs: number;
  readonly imageMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** How one picture reached the model. */
export interface ImageFacts {
  /** Size in pixels, after the turn that EXIF asks for. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Tiles across and down; a second grid where the model cuts twice. */
  readonly grids: readonly { readonly columns: number; readonly rows: number }[];
  /** Tiles in all, the thumbnail counted. */
  readonly tiles: number;
  /** Size at which the finest grid shows the picture over its own, in the direction that loses more. Below 1, detail was lost. */
  readonly scale: number;
  /** The same across alone; left out by servers that do not say it. */
  readonly scaleX?: number | undefined;
  /** The same down. */
  readonly scaleY?: number | undefined;
}

/** A text that an answer went round in. */
export interface AnswerLoop {
  /** Characters of the answer before the second copy: what is worth keeping. */
  readonly from: number;
  /** One copy. */
  readonly unit: string;
  /** Whole copies that were written. */
  readonly copies: number;
}

/** Values of an object to compare with the page, by paths such as `items[3].name`. A list without entries is left out. */
export interface ValueFlags {
  /** Those that reached a bound of ours and may go on on the page. */
  readonly truncated?: readonly string[] | undefined;
  /**
   * Those within which the schema left the model no way to write what it would have written, such as a printed date that had to become
   * YYYY-MM-DD. They fit, and are often wrong.
   */
  readonly forced?: readonly string[] | undefined;
}

/** A finished answer. With a schema it may have flags. */
export interface GenerateResult<T = undefined> extends ValueFlags {
  /** The answer as the model wrote it, untrimmed. */
  readonly text: string;
  /** The checked value, when a schema was given; undefined otherwise. */
  readonly object: T;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly timings: Timings;
  readonly warnings: readonly Warning[];
  /** The pictures, in the order of the prompt; left out by models behind a server. */
  readonly images?: readonly ImageFacts[];
  /** With the finishReason `loop`: what the answer went round in. */
  readonly loop?: AnswerLoop | undefined;
  /** How sure the model was of the text; a model behind a server tells it without access to parts of the text. */
  readonly certainty?: (Certainty & Partial<AnswerCertainty>) | undefined;
}

/** Tokens of a prompt. */
export interface TokenCount {
  /** All prompt tokens, image tokens included. */
  readonly inputTokens: number;
  readonly imageTokens: number;
}
