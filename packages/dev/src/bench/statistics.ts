/** What a handful of samples comes to. */
export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, ends and count. @throws RangeError without samples */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('0 samples have no median.');
  const sorted = [...samples].sort((a, b) => a - b);
  return { n: sorted.length, median: medianOfSorted(sorted), min: sorted[0] as number, max: sorted[sorted.length - 1] as number };
}

/** @throws RangeError without samples */
export function median(samples: readonly number[]): number {
  return summarize(samples).median;
}

function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
