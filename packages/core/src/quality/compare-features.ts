/** How two encodings of the same tiles relate. */
export interface FeatureComparison {
  readonly tiles: number;
  /** Mean cosine of a tile's features, taken as one vector. */
  readonly meanCosine: number;
  readonly smallestCosine: number;
  /** Tiles whose features are equal bit for bit. */
  readonly identicalTiles: number;
}

/** Compares features tile by tile; undefined where there are no tiles. */
export function compareFeatures(pairs: readonly (readonly [Float32Array, Float32Array])[]): FeatureComparison | undefined {
  if (pairs.length === 0) return undefined;
  const cosines = pairs.map(([a, b]) => cosine(a, b));
  return {
    tiles: pairs.length,
    meanCosine: cosines.reduce((sum, value) => sum + value, 0) / pairs.length,
    smallestCosine: Math.min(...cosines),
    identicalTiles: pairs.filter(([a, b]) => a.every((value, i) => value === b[i])).length,
  };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squaredA, squaredB] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    squaredA += x * x;
    squaredB += y * y;
  }
  return dot / Math.sqrt(squaredA * squaredB);
}
