import { type DrawnPage, PageDrawing } from '../../lines-trial/page-drawing.ts';
import { code, good, money, sentence } from '../../lines-trial/phrases.ts';
import { Random } from '../../lines-trial/random.ts';

/** Kinds of pages whose lines become too small where the page is shown as a whole. */
export const denseKinds = ['a4', 'screenshot', 'table', 'columns'] as const;
export type DenseKind = (typeof denseKinds)[number];

/** Fonts that the small model reads well, so that a measured difference is that of the tiles. */
const fonts = ['DejaVu Sans', 'Liberation Sans', 'Liberation Serif'] as const;

export function drawDense(kind: DenseKind, seed: number): DrawnPage {
  const random = new Random(seed * 977 + denseKinds.indexOf(kind));
  if (kind === 'a4') return denseLetter(random);
  if (kind === 'screenshot') return screenshot(random, random.whole(90, 140));
  return kind === 'table' ? wideTable(random) : newspaper(random);
}

/** A4 at 200 dots per inch, type of 8 to 10 points. */
function denseLetter(random: Random): DrawnPage {
  const drawing = new PageDrawing(1654, 2339, random, { font: random.pick(fonts) });
  const size = random.whole(22, 27);
  for (let y = 150; y < 2200; y += size * (random.chance(0.1) ? 2.4 : 1.5)) {
    drawing.row(y, size, [{ x: 140, text: sentence(random, (1370 / (size * 0.56)) * random.pick([1, 1, 0.96, 0.5])) }]);
  }
  return drawing.finish('a4');
}

/** Rows of a chat or a log, all different. */
export function screenshot(random: Random, count: number): DrawnPage {
  const size = 26;
  const drawing = new PageDrawing(1080, 60 + count * 40, random, { font: random.pick(fonts) });
  for (let row = 0; row < count; row += 1) {
    drawing.row(60 + row * 40, size, [{ x: 40, text: `${row + 1} ${code(random, 'AA99')} ${sentence(random, random.whole(20, 52))}` }]);
  }
  return drawing.finish('screenshot');
}

function wideTable(random: Random): DrawnPage {
  const drawing = new PageDrawing(2400, 1100, random, { font: random.pick(fonts) });
  const size = random.whole(22, 26);
  const columns = [900, 1250, 1600, 1950, 2330] as const;
  for (let y = 90; y < 1040; y += size * 2) {
    const numbers = columns.map((x) => ({ x, text: money(random.whole(1_000, 999_999), false), isRight: true }));
    drawing.row(y, size, [{ x: 60, text: `${code(random, 'A99')} ${good(random)}` }, ...numbers]);
  }
  return drawing.finish('table');
}

function newspaper(random: Random): DrawnPage {
  const drawing = new PageDrawing(1654, 2200, random, { font: random.pick(fonts) });
  const size = random.whole(22, 25);
  drawing.row(140, size * 1.9, [{ x: 120, text: sentence(random, 44) }], true);
  for (const x of [120, 860]) {
    for (let y = 260; y < 2100; y += size * 1.5) drawing.row(y, size, [{ x, text: sentence(random, 610 / (size * 0.56)) }]);
  }
  return drawing.finish('columns');
}
