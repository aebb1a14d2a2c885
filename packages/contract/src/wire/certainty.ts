import type { Certainty } from '../certainty.ts';
import { toCount, toList, toRecord } from './read-values.ts';

/** How sure the model was, by its own distribution. Logarithms are natural ones, up to 0. */
export interface WireCertainty {
  readonly mean_log_probability: number;
  /** The words with the least likely tokens; `from` and `to` are UTF-16 code units of the answer's text. */
  readonly least_certain: readonly {
    readonly text: string;
    readonly from: number;
    readonly to: number;
    readonly log_probability: number;
  }[];
}

export function writeCertainty({ meanLogProbability, leastCertain }: Certainty): WireCertainty {
  const spans = leastCertain.map(({ text, from, to, logProbability }) => ({ text, from, to, log_probability: logProbability }));
  return { mean_log_probability: meanLogProbability, least_certain: spans };
}

export function readCertainty(value: unknown): Certainty | undefined {
  const certainty = toRecord(value);
  if (certainty === undefined) return undefined;
  const leastCertain = toList(certainty.least_certain).flatMap((entry) => {
    const span = toRecord(entry);
    if (typeof span?.text !== 'string') return [];
    return [{ text: span.text, from: toCount(span.from), to: toCount(span.to), logProbability: toCount(span.log_probability) }];
  });
  return { meanLogProbability: toCount(certainty.mean_log_probability), leastCertain };
}
