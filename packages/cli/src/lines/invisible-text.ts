import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { LineBox, PageLines } from '@h2ovl/core';
import type { PdfFile, PdfReference } from './pdf-file.ts';

const deflateAsync = promisify(deflate);

/** Letters of one font: one byte each, from 33 on, so that no code is a blank or a control character. */
const firstCode = 33;
const lettersPerFont = 200;
/** Every letter of Courier is this wide, in sizes of the font; nothing is drawn, so that its look does not matter. */
const letterWidth = 0.6;
/** The size of the font, as a share of a line's height. */
const fontShare = 0.7;
/** How far the baseline is above the lower side of a line's box, as a share of its height. */
export const baselineShare = 0.22;

/** Text that is not seen, and can be searched and copied. Every letter gets a code of its own, which the font maps back to the letter. */
export class InvisibleText {
  readonly #codes = new Map<string, number>();
  readonly #fonts: PdfReference[] = [];

  /** The operators that write a page's words where they stand. `scale`: points a pixel, across and down. */
  describe({ height, lines }: Pick<PageLines, 'height' | 'lines'>, scale: { readonly x: number; readonly y: number }): string {
    const parts = lines.flatMap(({ words }) =>
      words.map(({ text, box }, index) => this.#word(index + 1 < words.length ? `${text} ` : text, text, box, height)),
    );
    return `q ${scale.x.toFixed(6)} 0 0 ${scale.y.toFixed(6)} 0 0 cm BT 3 Tr\n${parts.join('\n')}\nET Q`;
  }

  /** The fonts that pages name, for their resources: a reference for each, which `finish` writes. */
  resources(file: PdfFile): string {
    while (this.#fonts.length < Math.max(1, Math.ceil(this.#codes.size / lettersPerFont))) this.#fonts.push(file.reserve());
    return this.#fonts.map((reference, index) => `/F${index} ${reference} 0 R`).join(' ');
  }

  async finish(file: PdfFile): Promise<void> {
    const letters = [...this.#codes.keys()];
    for (const [index, reference] of this.#fonts.entries()) {
      const text = writeUnicodeMap(letters.slice(index * lettersPerFont, (index + 1) * lettersPerFont));
      const map = await file.add('<< /Filter /FlateDecode >>', await deflateAsync(Buffer.from(text)));
      await file.add(`<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode ${map} 0 R >>`, undefined, reference);
    }
  }

  #word(shown: string, text: string, [a, b, , d]: LineBox, pageHeight: number): string {
    const [width, height] = [Math.hypot(b[0] - a[0], b[1] - a[1]), Math.hypot(d[0] - a[0], d[1] - a[1])];
    const [cos, sin] = [(b[0] - a[0]) / (width || 1), (b[1] - a[1]) / (width || 1)];
    const size = Math.max(1, height * fontShare);
    const letters = [...text].length;
    const stretch = (100 * width) / (letterWidth * size * letters);
    const [x, y] = [d[0] + (a[0] - d[0]) * baselineShare, d[1] + (a[1] - d[1]) * baselineShare];
    // A page's y goes up in a PDF.
    const matrix = [cos, -sin, sin, cos, x, pageHeight - y].map((value) => value.toFixed(3)).join(' ');
    return `${matrix} Tm ${stretch.toFixed(1)} Tz ${this.#show(shown, size)}`;
  }

  #show(text: string, size: number): string {
    const pieces: { readonly font: number; codes: string }[] = [];
    for (const letter of text) {
      const code = this.#codes.get(letter) ?? this.#codes.size;
      this.#codes.set(letter, code);
      const font = Math.floor(code / lettersPerFont);
      if (pieces.at(-1)?.font !== font) pieces.push({ font, codes: '' });
      (pieces.at(-1) as { codes: string }).codes += (firstCode + (code % lettersPerFont)).toString(16).padStart(2, '0');
    }
    return pieces.map(({ font, codes }) => `/F${font} ${size.toFixed(2)} Tf <${codes}> Tj`).join(' ');
  }
}

function writeUnicodeMap(letters: readonly string[]): string {
  const hex = (letter: string): string => Buffer.from(letter, 'utf16le').swap16().toString('hex');
  const entries = letters.map((letter, index) => `<${(firstCode + index).toString(16).padStart(2, '0')}> <${hex(letter)}>`);
  const blocks: string[] = [];
  for (let from = 0; from < entries.length; from += 100) {
    const block = entries.slice(from, from + 100);
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`);
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Letters def
/CMapType 2 def
1 begincodespacerange
<00> <ff>
endcodespacerange
${blocks.join('\n')}
endcmap
CMapName currentdict /CMap defineresource pop
end
end`;
}
