import type { PageBox } from '@h2ovl/contract';

/** Ink in straight runs of this many pixels (1 cm) is a rule, a frame or a filled area, and no writing. */
const longestStrokePx = 40;
/** How much darker or lighter than the paper ink is, of 256. */
const inkDifference = 48;
/** Ink is counted in squares of this many pixels (2 mm), about one letter. */
const cellPx = 8;

/**
 * Share of a page's marks that no text of the layer explains, 0 to 1: letters drawn as outlines, handwriting, signatures. `luminance` is the page
 * without its text; places in `ignored` (pictures) do not count. `textBoxes` are the letters that are seen.
 */
export function measureUnexplainedInk(
  luminance: Uint8Array,
  width: number,
  height: number,
  textBoxes: readonly PageBox[],
  ignored: readonly PageBox[],
): number {
  const paper = commonValue(luminance);
  const isInk = Uint8Array.from(luminance, (value) => (Math.abs(value - paper) > inkDifference ? 1 : 0));
  eraseLongRuns(isInk, width, height, 1, width);
  eraseLongRuns(isInk, height, width, width, 1);
  const columns = Math.ceil(width / cellPx);
  const cells = new Uint8Array(columns * Math.ceil(height / cellPx));
  for (let pixel = 0; pixel < isInk.length; pixel += 1) {
    if (isInk[pixel] === 1) cells[Math.floor(pixel / width / cellPx) * columns + Math.floor((pixel % width) / cellPx)] = 1;
  }
  const rows = cells.length / columns;
  for (const box of ignored) fillCells(cells, columns, rows, box, 0);
  const unexplained = count(cells, 1);
  for (const box of textBoxes) fillCells(cells, columns, rows, box, 2);
  const explained = count(cells, 2);
  return unexplained + explained === 0 ? 0 : unexplained / (unexplained + explained);
}

function commonValue(luminance: Uint8Array): number {
  const counts = new Uint32Array(32);
  for (const value of luminance) counts[value >> 3] = (counts[value >> 3] as number) + 1;
  return counts.indexOf(Math.max(...counts)) * 8 + 4;
}

/** Takes ink away along `lines` lines of `length` pixels where it goes on for long; `along` and `across` are the steps in the array. */
function eraseLongRuns(ink: Uint8Array, length: number, lines: number, along: number, across: number): void {
  for (let line = 0; line < lines; line += 1) {
    let start = 0;
    for (let at = 0; at <= length; at += 1) {
      // 2 is ink that goes away, but still counts as ink for the other direction.
      if (at < length && ink[line * across + at * along] !== 0) continue;
      if (at - start >= longestStrokePx) for (let inside = start; inside < at; inside += 1) ink[line * across + inside * along] = 2;
      start = at + 1;
    }
  }
}

function fillCells(cells: Uint8Array, columns: number, rows: number, box: PageBox, value: number): void {
  const left = Math.max(0, Math.floor(box.x * columns));
  const right = Math.min(columns, Math.ceil((box.x + box.width) * columns));
  const top = Math.max(0, Math.floor(box.y * rows));
  const bottom = Math.min(rows, Math.ceil((box.y + box.height) * rows));
  for (let row = top; row < bottom; row += 1) cells.fill(value, row * columns + left, row * columns + right);
}

function count(cells: Uint8Array, value: number): number {
  return cells.reduce((sum, cell) => sum + (cell === value ? 1 : 0), 0);
}
