/** How an image is cut: tiles side by side and one below the other. */
export interface TileGrid {
  readonly columns: number;
  readonly rows: number;
}

/** Every grid of `minTiles` to `maxTiles` tiles, fewest tiles first; empty when no such grid exists. */
export function tileGridCandidates(minTiles: number, maxTiles: number): TileGrid[] {
  const grids: TileGrid[] = [];
  for (let columns = 1; columns <= maxTiles; columns += 1) {
    for (let rows = 1; columns * rows <= maxTiles; rows += 1) {
      if (columns * rows >= minTiles) grids.push({ columns, rows });
    }
  }
  return grids.sort((a, b) => a.columns * a.rows - b.columns * b.rows);
}

/**
 * The grid whose shape is nearest to that of an image of `width` x `height` pixels; 1 x 1 when there are no candidates.
 * Of several grids of that shape the one with more tiles wins if the image has more than half of its pixels.
 */
export function chooseTileGrid(width: number, height: number, candidates: readonly TileGrid[], tileSizePx: number): TileGrid {
  const aspect = width / height;
  let best: TileGrid = { columns: 1, rows: 1 };
  let bestDifference = Number.POSITIVE_INFINITY;
  for (const grid of candidates) {
    const difference = Math.abs(aspect - grid.columns / grid.rows);
    const gridPixels = tileSizePx * tileSizePx * grid.columns * grid.rows;
    // Exact comparison on purpose: at midpoints such as 1.25 the reference decides by area, and so do we.
    if (difference < bestDifference || (difference === bestDifference && width * height > 0.5 * gridPixels)) {
      best = grid;
      bestDifference = difference;
    }
  }
  return best;
}
