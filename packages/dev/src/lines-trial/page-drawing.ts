import type { Random } from './random.ts';

/** A piece of text on a drawn page. */
export interface DrawnText {
  readonly text: string;
  /** Left edge and baseline, pixels of the page before it was distorted. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** A page with the record of what stands on it. */
export interface DrawnPage {
  readonly kind: string;
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  /** Rows from top to bottom, the texts of each from left to right; columns one after the other. */
  readonly rows: readonly (readonly DrawnText[])[];
  /** Values that stand on the page, by what they are. */
  readonly values: Readonly<Record<string, string>>;
}

export const fontFamilies: readonly string[] = [
  'DejaVu Sans',
  'DejaVu Serif',
  'Liberation Sans',
  'Liberation Serif',
  'Liberation Mono',
  'DejaVu Sans Mono',
  'Liberation Sans Narrow',
];

/** Colours and font of a page; the font is drawn by lot. */
export interface PageLook {
  readonly ground?: string;
  readonly ink?: string;
  readonly font?: string;
}

/** Collects texts and shapes of a page. */
export class PageDrawing {
  readonly width: number;
  readonly height: number;
  readonly rows: DrawnText[][] = [];
  readonly values: Record<string, string> = {};
  readonly #ground: string;
  readonly #ink: string;
  readonly #font: string;
  readonly #parts: string[] = [];

  constructor(
    width: number,
    height: number,
    random: Random,
    { ground = '#fff', ink = '#111', font = random.pick(fontFamilies) }: PageLook = {},
  ) {
    this.width = width;
    this.height = height;
    this.#ground = ground;
    this.#ink = ink;
    this.#font = font;
  }

  /** Texts of one row: x, text, and whether x is their right end. */
  row(
    y: number,
    size: number,
    texts: readonly { readonly x: number; readonly text: string; readonly isRight?: boolean }[],
    isBold = false,
  ): void {
    const drawn = texts.map(({ x, text, isRight = false }) => {
      const anchor = isRight ? ' text-anchor="end"' : '';
      const weight = isBold ? ' font-weight="bold"' : '';
      this.#parts.push(
        `<text x="${x}" y="${y}" font-size="${size}" font-family="${this.#font}" fill="${this.#ink}"${anchor}${weight} xml:space="preserve">${escapeText(text)}</text>`,
      );
      return { text, x: isRight ? x - text.length * size * 0.55 : x, y, size };
    });
    this.rows.push(drawn);
  }

  shape(markup: string): void {
    this.#parts.push(markup);
  }

  rule(y: number, from: number, to: number): void {
    this.shape(`<path d="M${from} ${y} H${to}" stroke="${this.#ink}" stroke-width="2"/>`);
  }

  finish(kind: string): DrawnPage {
    const { width, height, rows, values } = this;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${this.#ground}"/>`;
    return { kind, svg: `${head}${this.#parts.join('')}</svg>`, width, height, rows, values };
  }
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** What is written on a page, in reading order. */
export function textOf({ rows }: Pick<DrawnPage, 'rows'>): string {
  return rows.map((row) => row.map(({ text }) => text).join(' ')).join('\n');
}
