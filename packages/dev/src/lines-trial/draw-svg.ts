import sharp from 'sharp';

/** Draws pages of one size as PNG: the parts of an SVG on a ground of one colour. */
export function svgPages(width: number, height: number): (parts: string, ground?: string) => Promise<Buffer> {
  return (parts, ground = '#fff') => {
    const page = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${ground}"/>${parts}</svg>`;
    return sharp(Buffer.from(page)).png().toBuffer();
  };
}

/** The same part of an SVG again and again. */
export const repeat = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join('');
