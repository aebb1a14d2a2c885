import sharp from 'sharp';
import { fontFamilies } from './page-drawing.ts';

/** Text in a font, drawn as pages are. A font that is not installed gives way to another one in silence. */
function draw(font: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="60"><text x="10" y="40" font-size="32" font-family="${font}">Fonts 0Oil1 Rag</text></svg>`;
  return sharp(Buffer.from(svg)).flatten({ background: '#fff' }).greyscale().raw().toBuffer();
}

/** Whether any font is installed: else pages have no words. */
export async function hasFonts(): Promise<boolean> {
  return (await draw('DejaVu Sans')).some((value) => value < 128);
}

/**
 * Families among those that pages are drawn in which look like another one of them, since they are not installed. Pages of fewer fonts are other pages: those of
 * DejaVu alone are read with half as many letters in error.
 */
export async function findStandIns(families: readonly string[] = fontFamilies): Promise<readonly string[]> {
  const seen = new Map<string, string>();
  const found: string[] = [];
  for (const family of families) {
    const picture = (await draw(family)).toString('base64');
    const other = seen.get(picture);
    if (other === undefined) seen.set(picture, family);
    else found.push(`${family} is drawn as ${other}`);
  }
  return found;
}

/** Why figures of drawn pages would not be those of other machines; undefined where all fonts are there. */
export async function refuseWithoutFonts(): Promise<string | undefined> {
  if (!(await hasFonts())) return 'No fonts are installed: pages cannot be drawn.';
  const found = await findStandIns();
  if (found.length === 0) return undefined;
  return `Fonts are missing (${found.join(', ')}): pages would be others than those of the figures in docs/. Install the families ${fontFamilies.join(', ')}; Debian's packages are fonts-dejavu and fonts-liberation.`;
}
