/** A place inside the model whose values are summed up as one L2 norm over the whole tensor. */
export type NormPoint = 'patch-embedding' | 'pixel-shuffle' | 'projector' | 'output-norm' | 'logits' | `layer-${number}`;

/** What a place measured in another implementation. */
export interface ExpectedNorm {
  readonly point: NormPoint;
  readonly norm: number;
  /** Largest relative difference that counts as the same. */
  readonly tolerance: number;
}

/**
 * The other implementation ran the vision stages with an approximate GELU and another epsilon in the projector, which it says differ by 1e-4 to 1e-3; its language
 * stages have no such difference. Its numbers are printed with about six digits.
 */
const [visionTolerance, languageTolerance] = [2e-3, 1e-3];

/**
 * Norms that an independent implementation published for the real weights. Tile: v(y, x) = (S y + x) / S^2 in all channels, normalised (S: side of a tile).
 * Tokens: 1, 100, 200, 300, 400.
 */
export const publishedNorms: Readonly<Record<'0.8b' | '2b', readonly ExpectedNorm[]>> = {
  '0.8b': [{ point: 'layer-2', norm: 2779.2, tolerance: languageTolerance }],
  '2b': [
    { point: 'patch-embedding', norm: 124.51, tolerance: visionTolerance },
    { point: 'pixel-shuffle', norm: 1739.25, tolerance: visionTolerance },
    { point: 'projector', norm: 183.1475, tolerance: visionTolerance },
    { point: 'layer-0', norm: 7.7938, tolerance: languageTolerance },
    { point: 'layer-11', norm: 86.5239, tolerance: languageTolerance },
    { point: 'layer-23', norm: 961.4499, tolerance: languageTolerance },
    { point: 'output-norm', norm: 331.4938, tolerance: languageTolerance },
    { point: 'logits', norm: 1604.5439, tolerance: languageTolerance },
  ],
};

/** The tokens of the published norms. */
export const normTokens: readonly number[] = [1, 100, 200, 300, 400];
