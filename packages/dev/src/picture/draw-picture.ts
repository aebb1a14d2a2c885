export interface PictureContent {
  /** The page, as PNG. */
  readonly page: Uint8Array;
  readonly text: string;
  readonly object: Readonly<Record<string, unknown>>;
}

const [width, margin, gap] = [1320, 32, 28];
const pageSide = 500;
const [fontPx, linePx] = [17, 24];
const font = `font-family="DejaVu Sans Mono, Liberation Mono, monospace" font-size="${fontPx}"`;
const label = `font-family="DejaVu Sans, Liberation Sans, sans-serif" font-size="17" fill="#57606a"`;

/** The page on the left; on the right the command and its text, and the JSON. SVG. */
export function drawPicture({ page, text, object }: PictureContent): string {
  const [top, left] = [margin + 30, margin + pageSide + gap];
  const boxWidth = width - left - margin;
  const textLines = ['$ npx h2ovl read docs/invoice.png', ...text.split('\n')];
  const jsonLines = JSON.stringify(object, undefined, 2).split('\n');
  const textHeight = boxHeight(textLines);
  const jsonTop = top + textHeight + 46;
  const height = Math.max(jsonTop + boxHeight(jsonLines), top + pageSide) + margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${margin}" y="${margin + 14}" ${label}>a page</text>
<image x="${margin}" y="${top}" width="${pageSide}" height="${pageSide}" href="data:image/png;base64,${Buffer.from(page).toString('base64')}"/>
<rect x="${margin}" y="${top}" width="${pageSide}" height="${pageSide}" fill="none" stroke="#d0d7de"/>
<text x="${left}" y="${margin + 14}" ${label}>its text</text>
${drawBox(textLines, { left, top, boxWidth })}
<text x="${left}" y="${jsonTop - 16}" ${label}>and JSON that fits a schema</text>
${drawBox(jsonLines, { left, top: jsonTop, boxWidth })}
</svg>`;
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly boxWidth: number;
}

function boxHeight(lines: readonly string[]): number {
  return lines.length * linePx + 28;
}

function drawBox(lines: readonly string[], { left, top, boxWidth }: Place): string {
  const rows = lines.map((line, row) => {
    const color = line.startsWith('$ ') ? '#8b949e' : '#e6edf3';
    return `<text xml:space="preserve" x="${left + 18}" y="${top + 31 + row * linePx}" fill="${color}" ${font}>${escapeXml(line)}</text>`;
  });
  return `<rect x="${left}" y="${top}" width="${boxWidth}" height="${boxHeight(lines)}" rx="8" fill="#0d1117"/>\n${rows.join('\n')}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
