import type { HiddenReason, PageBox } from '@h2ovl/contract';

/** One character of a text layer. */
export interface LayerCharacter {
  /** One Unicode character; a line break or a space where the decoder put one between words. */
  readonly text: string;
  /** Undefined for what has no place of its own: spaces and line breaks. */
  readonly box: PageBox | undefined;
  /** Why a person does not see it; undefined when it is seen. */
  readonly hidden: HiddenReason | undefined;
}
