import sharp, { type Sharp } from 'sharp';
import type { DrawnPage } from './page-drawing.ts';
import { Random } from './random.ts';

/** A page as a picture, and where its points came to lie. */
export interface DistortedPage {
  readonly png: Buffer;
  /** From the drawn page to the picture, pixels. */
  readonly place: (x: number, y: number) => readonly [number, number];
}

export const distortionNames = ['clean', 'blur', 'slant', 'shadow', 'jpeg', 'photo'] as const;
export type Distortion = (typeof distortionNames)[number];

/** Draws a page, and makes it look as if it had been scanned or photographed. */
export async function distortPage(page: DrawnPage, distortion: Distortion, seed: number): Promise<DistortedPage> {
  const random = new Random(seed * 17 + distortionNames.indexOf(distortion));
  const isPhoto = distortion === 'photo';
  const slant = distortion === 'slant' ? random.between(-5, 5) : isPhoto ? random.between(-4, 4) : 0;
  let picture = sharp(Buffer.from(page.svg)).flatten({ background: '#fff' });
  let place: DistortedPage['place'] = (x, y) => [x, y];
  if (slant !== 0) {
    const turned = await picture.rotate(slant, { background: '#8a8378' }).png().toBuffer();
    const { width = 0, height = 0 } = await sharp(turned).metadata();
    picture = sharp(turned);
    const [cos, sin] = [Math.cos((slant * Math.PI) / 180), Math.sin((slant * Math.PI) / 180)];
    place = (x, y) => {
      const [dx, dy] = [x - page.width / 2, y - page.height / 2];
      return [dx * cos - dy * sin + width / 2, dx * sin + dy * cos + height / 2];
    };
  }
  if (distortion === 'shadow' || isPhoto) picture = await addShadow(picture, random);
  if (distortion === 'blur' || isPhoto)
    picture = sharp(
      await picture
        .blur(isPhoto ? random.between(0.5, 1) : random.between(0.8, 1.8))
        .png()
        .toBuffer(),
    );
  if (distortion === 'jpeg' || isPhoto)
    picture = sharp(await picture.jpeg({ quality: isPhoto ? random.whole(35, 70) : random.whole(18, 45) }).toBuffer());
  return { png: await picture.png().toBuffer(), place };
}

/** Darker towards one side, and a soft band across. */
async function addShadow(picture: Sharp, random: Random): Promise<Sharp> {
  const flat = await picture.png().toBuffer();
  const { width = 1, height = 1 } = await sharp(flat).metadata();
  const [dark, angle] = [random.between(0.25, 0.55), random.whole(0, 360)];
  const from = random.whole(10, 60);
  const shade = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>
<linearGradient id="a" gradientTransform="rotate(${angle} 0.5 0.5)"><stop offset="0" stop-opacity="0"/><stop offset="1" stop-opacity="${dark}"/></linearGradient>
<linearGradient id="b"><stop offset="${from}%" stop-opacity="0"/><stop offset="${from + 12}%" stop-opacity="0.2"/><stop offset="${from + 25}%" stop-opacity="0"/></linearGradient>
</defs><rect width="100%" height="100%" fill="url(#a)"/><rect width="100%" height="100%" fill="url(#b)"/></svg>`;
  return sharp(
    await sharp(flat)
      .composite([{ input: Buffer.from(shade) }])
      .png()
      .toBuffer(),
  );
}
