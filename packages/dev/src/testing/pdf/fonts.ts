import type { PdfWriter } from './pdf-writer.ts';

/**
 * `helvetica` and `courier`: every viewer has them, and they say which letter each code is.
 * `no-unicode`: draws the letters of Helvetica, but says nothing about which letters they are.
 * `wrong-unicode`: draws the letters of Helvetica and says of each that it is another one.
 * `said-cyrillic`: is Helvetica, and says of each letter that it is a Cyrillic one.
 * `chinese`: needs a font that the file does not bring.
 */
export type PdfFont = 'helvetica' | 'courier' | 'no-unicode' | 'wrong-unicode' | 'said-cyrillic' | 'chinese';

/** Adds a font and returns its object number. */
export function addFont(writer: PdfWriter, font: PdfFont): number {
  if (font === 'helvetica' || font === 'courier') {
    const name = font === 'helvetica' ? 'Helvetica' : 'Courier';
    return writer.add(`<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`);
  }
  if (font === 'said-cyrillic') {
    const letters = Array.from({ length: 26 }, (_, index) => 97 + index);
    const map = addMap(
      writer,
      letters.map((code) => [code, 0x430 + code - 97]),
    );
    return writer.add(`<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode ${map} 0 R >>`);
  }
  if (font === 'chinese') {
    const descendant = writer.add(
      '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>',
    );
    return writer.add(
      `<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [${descendant} 0 R] >>`,
    );
  }
  return addDrawnFont(writer, font === 'wrong-unicode');
}

const [firstCode, lastCode] = [33, 126];

/** A font whose glyphs are little drawings that use Helvetica: what is seen is right, what is said about it is up to the file. */
function addDrawnFont(writer: PdfWriter, saysWrongLetters: boolean): number {
  const inner = addFont(writer, 'helvetica');
  const codes = Array.from({ length: lastCode - firstCode + 1 }, (_, index) => firstCode + index);
  const glyphs = codes.map((code) => writer.add('<< >>', Buffer.from(`600 0 d0 BT /H 1000 Tf <${code.toString(16)}> Tj ET`, 'latin1')));
  const procedures = codes.map((code, index) => `/g${code} ${glyphs[index]} 0 R`).join(' ');
  const names = codes.map((code) => `/g${code}`).join(' ');
  const widths = codes.map(() => 600).join(' ');
  const toUnicode = saysWrongLetters ? `/ToUnicode ${addWrongMap(writer, codes)} 0 R` : '';
  return writer.add(
    `<< /Type /Font /Subtype /Type3 /FontBBox [0 -250 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar ${firstCode} /LastChar ${lastCode} ` +
      `/Widths [${widths}] /CharProcs << ${procedures} >> /Encoding << /Type /Encoding /Differences [${firstCode} ${names}] >> ` +
      `/Resources << /Font << /H ${inner} 0 R >> >> ${toUnicode} >>`,
  );
}

/** Letters become signs and consonants, as a subset font with a made-up map has them. */
function addWrongMap(writer: PdfWriter, codes: readonly number[]): number {
  const wrong = '#q$x&z*k+w=v~j<t>r%p@n^m|l';
  return addMap(
    writer,
    codes.map((code) => [code, wrong.codePointAt(code % wrong.length) ?? 35]),
  );
}

/** Says which letter each code is. */
function addMap(writer: PdfWriter, letters: readonly (readonly [code: number, letter: number])[]): number {
  const rows = letters.map(([code, letter]) => `<${code.toString(16)}> <${letter.toString(16).padStart(4, '0')}>`);
  const map = [
    '/CIDInit /ProcSet findresource begin 12 dict begin begincmap',
    '/CMapName /Said def /CMapType 2 def 1 begincodespacerange <00> <ff> endcodespacerange',
    `${rows.length} beginbfchar`,
    ...rows,
    'endbfchar endcmap end end',
  ];
  return writer.add('<< >>', Buffer.from(map.join('\n'), 'latin1'));
}
