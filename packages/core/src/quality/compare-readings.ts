import { compareFeatures, type FeatureComparison } from './compare-features.ts';
import { compareLogits, type PositionComparison } from './compare-logits.ts';
import { type Estimate, estimateProportion, estimateRatio } from './estimate-ratio.ts';
import type { PassageReading } from './read-passage.ts';

/** What one model made of all passages. */
export interface ModelReading {
  readonly passages: readonly PassageReading[];
  /** Features of each tile, by the digest of its pixels. */
  readonly features: ReadonlyMap<string, Float32Array>;
}

/** The price of a precision. */
export interface QualityDifference {
  readonly passages: number;
  /** Next-token predictions compared. */
  readonly positions: number;
  /** Share of positions where both models put the same token first. */
  readonly agreement: Estimate;
  /** Mean Kullback-Leibler divergence from the reference, nats per position. */
  readonly divergence: Estimate;
  /** How much less the candidate expects the text that follows, nats per position; below 0 it expects it more. */
  readonly lossIncrease: Estimate;
  /** Largest lead, in logits, of a token that the reference puts first and the candidate does not; null when they always agree. */
  readonly largestLostMargin: number | null;
  /** Undefined without images. */
  readonly features: FeatureComparison | undefined;
}

/** Compares what two models made of the same passages. */
export function compareReadings(reference: ModelReading, candidate: ModelReading): QualityDifference {
  const pages = reference.passages.map((passage, page) => comparePassages(passage, candidate.passages[page] as PassageReading));
  const features = [...reference.features].map(([digest, values]) => [values, candidate.features.get(digest) as Float32Array] as const);
  return { ...summarizePages(pages), features: compareFeatures(features) };
}

/** The price over all pages, each given as its positions. */
export function summarizePages(pages: readonly (readonly PositionComparison[])[]): Omit<QualityDifference, 'features'> {
  const shares = (measure: (position: PositionComparison) => number): { sum: number; weight: number }[] =>
    pages.map((positions) => ({ sum: positions.reduce((sum, position) => sum + measure(position), 0), weight: positions.length }));
  const lost = pages.flat().filter(({ agrees }) => !agrees);
  return {
    passages: pages.length,
    positions: pages.flat().length,
    agreement: estimateProportion(shares(({ agrees }) => (agrees ? 1 : 0))),
    divergence: estimateRatio(shares(({ divergence }) => divergence)),
    lossIncrease: estimateRatio(shares(({ candidateLoss, referenceLoss }) => candidateLoss - referenceLoss)),
    largestLostMargin: lost.length === 0 ? null : lost.reduce((most, { referenceMargin }) => Math.max(most, referenceMargin), 0),
  };
}

function comparePassages(reference: PassageReading, candidate: PassageReading): readonly PositionComparison[] {
  return reference.logits.map((logits, position) =>
    compareLogits(logits, candidate.logits[position] as Float32Array, reference.continuation[position] as number),
  );
}
