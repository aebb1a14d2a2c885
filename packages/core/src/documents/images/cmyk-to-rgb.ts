import { makePacer } from '../../tiles/make-pacer.ts';

/** Pixels between two looks at the clock. */
const pixelsPerStep = 1 << 16;

/** Turns 8-bit CMYK pixels into RGB without a colour profile, in the integer arithmetic of Pillow. Gives other work a turn about every 8 ms. */
export async function cmykToRgb(cmyk: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  const pacer = makePacer(signal);
  const pixelCount = cmyk.length / 4;
  const rgb = new Uint8Array(pixelCount * 3);
  for (let pixel = 0; pixel < pixelCount; pixel += pixelsPerStep) {
    convertPixels(cmyk, rgb, pixel, Math.min(pixelCount, pixel + pixelsPerStep));
    if (pacer.isDue()) await pacer.pause();
  }
  return rgb;
}

function convertPixels(cmyk: Uint8Array, rgb: Uint8Array, from: number, to: number): void {
  for (let pixel = from; pixel < to; pixel += 1) {
    const light = 255 - (cmyk[pixel * 4 + 3] as number);
    for (let channel = 0; channel < 3; channel += 1) {
      const product = (cmyk[pixel * 4 + channel] as number) * light + 128;
      rgb[pixel * 3 + channel] = light - ((product + (product >> 8)) >> 8); // product / 255, rounded
    }
  }
}
