import { makePacer } from '../../tiles/make-pacer.ts';

/** Pixels between two looks at the clock. */
const pixelsPerStep = 1 << 14;

/** White of a Lab picture in print (D50), and from its XYZ to linear sRGB, whose white is D65 (Bradford). */
const white = [0.96422, 1, 0.82521] as const;
const toLinear = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;

/** Turns 8-bit CIELab (lightness 0 to 255, then two signed bytes) into RGB. Gives other work a turn about every 8 ms. */
export async function labToRgb(lab: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  const pacer = makePacer(signal);
  const pixelCount = lab.length / 3;
  const rgb = new Uint8Array(lab.length);
  for (let pixel = 0; pixel < pixelCount; pixel += pixelsPerStep) {
    convertPixels(lab, rgb, pixel, Math.min(pixelCount, pixel + pixelsPerStep));
    if (pacer.isDue()) await pacer.pause();
  }
  return rgb;
}

function convertPixels(lab: Uint8Array, rgb: Uint8Array, from: number, to: number): void {
  for (let pixel = from; pixel < to; pixel += 1) {
    const at = pixel * 3;
    const y = (((lab[at] as number) / 255) * 100 + 16) / 116;
    const x = y + signed(lab[at + 1] as number) / 500;
    const z = y - signed(lab[at + 2] as number) / 200;
    const [X, Y, Z] = [white[0] * cube(x), white[1] * cube(y), white[2] * cube(z)];
    for (const [channel, [a, b, c]] of toLinear.entries()) rgb[at + channel] = encode(a * X + b * Y + c * Z);
  }
}

function signed(byte: number): number {
  return byte > 127 ? byte - 256 : byte;
}

function cube(value: number): number {
  return value > 6 / 29 ? value ** 3 : 3 * (6 / 29) ** 2 * (value - 4 / 29);
}

/** The curve of sRGB, as a byte. */
function encode(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(1, Math.max(0, value)) * 255);
}
