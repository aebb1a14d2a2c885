import type { LineBox, PageLines } from '@h2ovl/core';
import { baselineShare } from './invisible-text.ts';

/** A page of a file with its lines. */
export interface HocrPage {
  readonly number: number;
  readonly lines: PageLines;
}

/**
 * An hOCR document: what other tools read. Boxes are upright rectangles there, within the page; a line says its baseline, or its angle where it runs up,
 * down or on its head. `x_rotation` is our own: degrees clockwise that set the page upright. The confidence of a word is that of its line.
 */
export function writeHocr(file: string, pages: readonly HocrPage[], version: string): string {
  const body = pages.map((page) => writePage(file, page)).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${escapeXml(file)}</title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="h2ovl ${version}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word ocrp_wconf"/>
 </head>
 <body>
${body}
 </body>
</html>
`;
}

function writePage(file: string, { number, lines: { width, height, rotation, lines } }: HocrPage): string {
  const page = { width, height };
  const turn = rotation === 0 ? '' : `; x_rotation ${rotation}`;
  const inner = lines.map((line, index) => {
    const id = `line_${number}_${index + 1}`;
    const words = line.words.map(({ text, box }, word) => {
      const title = `${writeBounds(boundsOf(box, page))}; x_wconf ${Math.round(line.confidence * 100)}`;
      return `<span class="ocrx_word" id="word_${number}_${index + 1}_${word + 1}" title="${title}">${escapeXml(text)}</span>`;
    });
    const bounds = boundsOf(line.box, page);
    const title = `${writeBounds(bounds)}; ${describeDirection(line.box, bounds)}; x_size ${line.height.toFixed(1)}`;
    return `   <span class="ocr_line" id="${id}" title="${title}">${words.join(' ')}</span>`;
  });
  const title = `image &quot;${escapeXml(file)}&quot;; bbox 0 0 ${width} ${height}; ppageno ${number - 1}${turn}`;
  return `  <div class="ocr_page" id="page_${number}" title="${title}">\n${inner.join('\n')}\n  </div>`;
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The upright rectangle around a box, in whole pixels of the page: boxes may stick out of it. */
function boundsOf(box: LineBox, page: { readonly width: number; readonly height: number }): Bounds {
  const within = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value)));
  const [xs, ys] = [box.map(([x]) => x), box.map(([, y]) => y)];
  return {
    left: within(Math.min(...xs), page.width),
    top: within(Math.min(...ys), page.height),
    right: within(Math.max(...xs), page.width),
    bottom: within(Math.max(...ys), page.height),
  };
}

function writeBounds({ left, top, right, bottom }: Bounds): string {
  return `bbox ${left} ${top} ${right} ${bottom}`;
}

/** The baseline's slope and where it begins, from the lower left corner of the bounds; of a line that does not run to the right, its angle counterclockwise. */
function describeDirection([a, b, c, d]: LineBox, { left, bottom }: Bounds): string {
  const turns = Math.round(Math.atan2(a[1] - b[1], b[0] - a[0]) / (Math.PI / 2));
  if (turns !== 0) return `textangle ${(turns * 90 + 360) % 360}`;
  const slope = (c[1] - d[1]) / (c[0] - d[0] || 1);
  const begin = d[1] + (a[1] - d[1]) * baselineShare + (left - d[0]) * slope - bottom;
  return `baseline ${writeNumber(slope, 4)} ${writeNumber(begin, 1)}`;
}

/** Without a sign before zero, which readers of numbers need not know. */
function writeNumber(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)) || 0);
}

/** XML has no place for most control characters, for halves of characters and for what is none. */
function escapeXml(text: string): string {
  const plain = text.replace(/[^\t\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
  return plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
