import type { LineBox, PageLines } from '@h2ovl/core';

/** A page of a file with its lines, or why it has none. */
export interface HocrPage {
  readonly number: number;
  readonly lines: PageLines;
}

/** An hOCR document: what other tools read. Boxes are upright rectangles there; the turn of the page is said in a class of its own. */
export function writeHocr(file: string, pages: readonly HocrPage[], version: string): string {
  const body = pages.map((page) => writePage(file, page)).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${escapeXml(file)}</title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="h2ovl ${version}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word"/>
 </head>
 <body>
${body}
 </body>
</html>
`;
}

function writePage(file: string, { number, lines: { width, height, rotation, lines } }: HocrPage): string {
  const turn = rotation === 0 ? '' : `; x_rotation ${rotation}`;
  const inner = lines.map((line, index) => {
    const id = `line_${number}_${index + 1}`;
    const words = line.words.map(({ text, box }, word) => {
      const title = `${bboxOf(box)}; x_wconf ${Math.round(line.confidence * 100)}`;
      return `<span class="ocrx_word" id="word_${number}_${index + 1}_${word + 1}" title="${title}">${escapeXml(text)}</span>`;
    });
    return `   <span class="ocr_line" id="${id}" title="${bboxOf(line.box)}; x_size ${line.height.toFixed(1)}">${words.join(' ')}</span>`;
  });
  const title = `image &quot;${escapeXml(file)}&quot;; bbox 0 0 ${width} ${height}; ppageno ${number - 1}${turn}`;
  return `  <div class="ocr_page" id="page_${number}" title="${title}">\n${inner.join('\n')}\n  </div>`;
}

function bboxOf(box: LineBox): string {
  const [xs, ys] = [box.map(([x]) => x), box.map(([, y]) => y)];
  return `bbox ${[Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].map((value) => Math.max(0, Math.round(value))).join(' ')}`;
}

/** XML has no place for most control characters. */
function escapeXml(text: string): string {
  const plain = [...text].filter((letter) => letter >= ' ' || letter === '\t').join('');
  return plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
