/** What may be shown after a piece of text arrived. */
export interface Released {
  /** Text that can no longer become part of a stop string. */
  readonly text: string;
  /** The stop string that was completed; the stream is over then, and neither it nor what follows is in any `text`. */
  readonly stoppedBy: string | undefined;
}

/** Keeps back the text that may still become a stop string. */
export interface HoldBack {
  push(delta: string): Released;
  /** The text still held, when no more will come. */
  flush(): string;
}

/**
 * Watches for any of several stop strings, of any length, overlapping or not. The one completed first wins, the longest if several end
 * together; how the text is cut into deltas makes no difference. Each character costs one step per stop string (Knuth, Morris and Pratt).
 */
export function createHoldBack(stopStrings: readonly string[]): HoldBack {
  const matchers = stopStrings.map((stop) => ({ stop, fallbacks: prefixFallbacks(stop), matched: 0 }));
  let held = '';
  return {
    push(delta) {
      const text = held + delta;
      for (let index = held.length; index < text.length; index += 1) {
        const unit = text.charCodeAt(index);
        let stoppedBy: string | undefined;
        for (const matcher of matchers) {
          advance(matcher, unit);
          if (matcher.matched === matcher.stop.length && matcher.stop.length > (stoppedBy?.length ?? 0)) stoppedBy = matcher.stop;
        }
        if (stoppedBy !== undefined) {
          held = '';
          return { text: text.slice(0, index + 1 - stoppedBy.length), stoppedBy };
        }
      }
      const heldLength = matchers.reduce((longest, { matched }) => Math.max(longest, matched), 0);
      held = text.slice(text.length - heldLength);
      return { text: text.slice(0, text.length - heldLength), stoppedBy: undefined };
    },
    flush() {
      const text = held;
      held = '';
      for (const matcher of matchers) matcher.matched = 0;
      return text;
    },
  };
}

interface Matcher {
  readonly stop: string;
  readonly fallbacks: Uint32Array;
  /** Length of the longest beginning of `stop` with which the text so far ends. */
  matched: number;
}

function advance(matcher: Matcher, unit: number): void {
  const { stop, fallbacks } = matcher;
  while (matcher.matched > 0 && (matcher.matched === stop.length || stop.charCodeAt(matcher.matched) !== unit)) {
    matcher.matched = fallbacks[matcher.matched - 1] as number;
  }
  if (stop.charCodeAt(matcher.matched) === unit) matcher.matched += 1;
}

/** For each beginning of the string: length of its longest proper beginning that is also its end. */
function prefixFallbacks(stop: string): Uint32Array {
  const fallbacks = new Uint32Array(stop.length);
  let length = 0;
  for (let index = 1; index < stop.length; index += 1) {
    const unit = stop.charCodeAt(index);
    while (length > 0 && stop.charCodeAt(length) !== unit) length = fallbacks[length - 1] as number;
    if (stop.charCodeAt(length) === unit) length += 1;
    fallbacks[index] = length;
  }
  return fallbacks;
}
