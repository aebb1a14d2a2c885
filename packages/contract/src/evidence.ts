import type { LineBox } from './lines.ts';

/** Where a value stands. */
export interface EvidencePlace {
  /** One for each line it goes over, around its words: four corners in pixels of the page as it was given. */
  readonly boxes: readonly LineBox[];
  /** The page's own words there. */
  readonly text: string;
}

/** Words of a page with their place. */
export interface EvidenceLabel {
  readonly text: string;
  readonly box: LineBox;
}

/** Where a value of an extracted object stands on its page, as the line reader sees it. */
export interface ValueEvidence {
  /** As in `truncated`: `items[3].name`. */
  readonly path: string;
  /**
   * `exact`: the page says it, in these words or in another spelling of the same number or date. `near`: with a fifth of its letters otherwise at most.
   * `none`: the page does not say it. `not-judged`: it was not found, and the line reader could not have read it, or the value need not be printed (one of
   * a list of the schema's own words).
   */
  readonly match: 'exact' | 'near' | 'none' | 'not-judged';
  readonly page: number;
  /** All places where it stands, the one it was most likely taken from first. */
  readonly places: readonly EvidencePlace[];
  /** What stands left of the value or above it and names it. */
  readonly label?: EvidenceLabel | undefined;
  /** Probability of the value's tokens, their geometric mean, 0 to 1, by the model's own distribution. */
  readonly probability?: number | undefined;
  /** What one more look at the place of its label found, where the value stands nowhere. */
  readonly second?: SecondReading | undefined;
}

/** One look at a part of the page, because a check failed or a value has no evidence. */
export interface SecondReading {
  /** The value that was asked for once more. */
  readonly path: string;
  /** The part of the page that the model was shown, pixels. */
  readonly region: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  /** What the model read there; null where it saw nothing. */
  readonly value: unknown;
  /** Whether the object has this value now: only where it stands on the page in these words and the check is passed with it. */
  readonly isTaken: boolean;
}

/** A condition of the schema (`x-check`), held against an extracted object. */
export interface ValueCheck {
  /** The values it is about. */
  readonly paths: readonly string[];
  /** Which one: `sum`, `iban`, … */
  readonly check: string;
  /** `not-judged`: a value is null or no number, date or code that can be checked. */
  readonly outcome: 'passed' | 'failed' | 'not-judged';
  /** What was compared, as a sentence. */
  readonly message: string;
  readonly second?: SecondReading | undefined;
}
