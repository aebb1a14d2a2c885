import { TiffReader } from './tiff-reader.ts';

const [bitsTag, photometricTag, samplesTag] = [258, 262, 277];
const [rgb, lab] = [2, 8];

/**
 * A copy of a TIFF whose page of 8-bit CIELab says that it is RGB, since the decoder library cannot read what it says; the three values of a pixel come through as
 * they are. Undefined for other pages.
 */
export function labAsRgb(bytes: Uint8Array, directory: number): Uint8Array | undefined {
  const entry = TiffReader.open(bytes)?.directory(directory);
  if (entry?.number(photometricTag) !== lab || entry.number(bitsTag) !== 8 || entry.number(samplesTag) !== 3) return undefined;
  const at = entry.place(photometricTag);
  const index = at === undefined ? -1 : bytes.subarray(at, at + 4).indexOf(lab);
  if (at === undefined || index < 0) return undefined;
  const copy = new Uint8Array(bytes);
  copy[at + index] = rgb;
  return copy;
}
