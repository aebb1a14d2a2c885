/** Red, green and blue. */
const channels = 3;

/**
 * Whether a tile holds one colour only: [P, 3*p*p], as `normalizePixels` makes it, with each channel the same value throughout. Values are compared as they
 * are, without a tolerance: a tile that is nearly white has features of its own.
 */
export function isOneColour(patches: Float32Array, valuesPerPatch: number): boolean {
  const area = valuesPerPatch / channels;
  for (let at = 0; at < patches.length; at += area) {
    const value = patches[((at / area) % channels) * area];
    for (let i = at; i < at + area; i += 1) if (patches[i] !== value) return false;
  }
  return true;
}
