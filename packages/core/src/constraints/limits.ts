/** Bounds of what a model may write where the schema sets none: a value that reaches one is reported as truncated. */
export interface DecodingBounds {
  /** Characters of a text. */
  readonly maxStringLength: number;
  /** Entries of an array. */
  readonly maxItems: number;
  /** Members of an object beyond those that the schema names. */
  readonly maxFreeMembers: number;
  /** Characters of such a member's name. */
  readonly maxNameLength: number;
  readonly maxWholeDigits: number;
  readonly maxFractionDigits: number;
  /** Levels of objects and arrays. */
  readonly maxDepth: number;
}

export const decodingBounds: DecodingBounds = {
  maxStringLength: 4000, // a full page of text
  maxItems: 1000, // more line items than any page shows
  maxFreeMembers: 64,
  maxNameLength: 64,
  maxWholeDigits: 15, // a double holds every whole number of 15 digits
  maxFractionDigits: 10,
  maxDepth: 24, // answers nest 3 or 4 levels
};

/** How JSON is written between its values: the way the model was trained to write it, so that nothing is left to loop on. */
export interface JsonLayout {
  /** Spaces per level, each member on its own line; undefined for one line. */
  readonly indent: number | undefined;
  /** What stands after a colon, and after a comma where no line end follows: one space or nothing. */
  readonly gap: ' ' | '';
}

/** What a schema compiles to. */
export type ConstraintProfile =
  /** The schema's own semantics: members in any order, any white space, any spelling, no bounds. It decides over texts; masks are not made of it. */
  | { readonly type: 'schema'; readonly formats: 'assert' | 'annotate' }
  /** What a model is let write: one spelling of each value, in a fixed layout, within bounds. Every text of it is one of `schema` too. */
  | {
      readonly type: 'decoding';
      readonly layout: JsonLayout;
      readonly memberOrder: 'declared' | 'any';
      readonly bounds: DecodingBounds;
      /** What becomes of conditions that cannot be enforced: the schema is refused, or they are left to a check of the answer. */
      readonly unsupported: 'refuse' | 'leave';
    };

// What a schema may cost. Real ones stay under a tenth of each; together they end a hostile one after some 100 ms of work.
export const maxGoals = 6000;
export const maxAlternatives = 128;
export const maxWork = 60_000;
