import type { HiddenText, TextLayerLine } from '@h2ovl/contract';

/** What the file says is written on a page. */
export interface PageText {
  /** What a person sees, too, in reading order. */
  readonly lines: readonly TextLayerLine[];
  readonly hidden: readonly HiddenText[];
  readonly facts: LayerFacts;
}

/** What the health of a layer is judged by. */
export interface LayerFacts {
  /** Visible characters, white space not counted. */
  readonly characters: number;
  /** Of these: without a Unicode value that can be trusted. */
  readonly unmapped: number;
  /** Characters of fonts that the file does not bring and that are not among those every viewer has. */
  readonly withoutFont: number;
  /** Share of the page that pictures cover, 0 to 1. */
  readonly pictureShare: number;
  /** Share of the page's ink that lies where the layer has no text, 0 to 1. */
  readonly unexplainedInk: number;
  /** Notes, stamps and other marks drawn over the page, whose text is not in the layer. */
  readonly marks: number;
  /** Whether the text went on beyond the limit and was cut there. */
  readonly isCut: boolean;
}
