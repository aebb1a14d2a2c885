import sharp from 'sharp';

/** One line of a page: its parts by the column they stand in. */
export interface PageLine {
  readonly left?: string;
  readonly middle?: string;
  readonly right?: string;
  readonly size?: 'large' | 'small';
  /** A rule below it. */
  readonly isRuled?: boolean;
  /** Which value a part says, by its path. */
  readonly values?: Readonly<Partial<Record<LineColumn, string>>>;
}

export type LineColumn = 'left' | 'middle' | 'right';

/** Where a value was drawn: the middle of its row, and where it begins, stands in the middle, or ends; pixels. */
export interface DrawnPlace {
  readonly column: LineColumn;
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** How a page looks, beside what it says. */
export interface PageLook {
  readonly font: string;
  readonly isBold: boolean;
  readonly ink: string;
  readonly paper: string;
}

const widthPx = 448; // one tile across: what nano reads best
const marginPx = 24;
const linePx = 27;
const sizes = { large: 24, usual: 17, small: 15 } as const;

/** Where the values of a page stand, by their paths. */
export function placesOf(lines: readonly (PageLine | undefined)[]): Readonly<Record<string, DrawnPlace>> {
  const x = { left: marginPx, middle: widthPx * 0.62, right: widthPx - marginPx } as const;
  const places = lines.flatMap((line, row) =>
    Object.entries(line?.values ?? {}).map(([column, path]): readonly [string, DrawnPlace] => {
      const size = sizes[line?.size ?? 'usual'];
      const at = column as LineColumn;
      return [path, { column: at, x: x[at], y: baselineOf(row) - 0.35 * size, size }];
    }),
  );
  return Object.fromEntries(places);
}

const baselineOf = (row: number): number => marginPx + (row + 1) * linePx - 7;

/** A page as PNG, as high as its lines need in whole tiles. An undefined line is a gap. */
export async function drawPage(lines: readonly (PageLine | undefined)[], look: PageLook): Promise<Uint8Array> {
  const heightPx = Math.ceil((lines.length * linePx + 2 * marginPx) / widthPx) * widthPx;
  const drawn = lines.map((line, row) => (line === undefined ? '' : drawLine(line, baselineOf(row))));
  const weight = look.isBold ? 'bold' : 'normal';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">
<rect width="100%" height="100%" fill="${look.paper}"/>
<g font-family="${look.font}" font-weight="${weight}" fill="${look.ink}" stroke="none">${drawn.join('\n')}</g></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

function drawLine({ left, middle, right, size, isRuled = false }: PageLine, y: number): string {
  const fontSize = sizes[size ?? 'usual'];
  const place = (text: string | undefined, x: number, anchor: string): string =>
    text === undefined ? '' : `<text x="${x}" y="${y}" font-size="${fontSize}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
  const rule = isRuled ? `<rect x="${marginPx}" y="${y + 5}" width="${widthPx - 2 * marginPx}" height="1.5"/>` : '';
  return [place(left, marginPx, 'start'), place(middle, widthPx * 0.62, 'middle'), place(right, widthPx - marginPx, 'end'), rule].join('');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
