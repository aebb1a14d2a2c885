import { makePacer } from '../../tiles/make-pacer.ts';

/** Values between two looks at the clock. */
const valuesPerStep = 1 << 16;

/**
 * Turns floating-point greys, three equal channels, into bytes: 0 to 1 as it is meant, 0 to 255 likewise, any other range from its least to its
 * greatest value, which is then stated. What is no number becomes black.
 */
export async function stretchRange(
  values: Float32Array,
  signal?: AbortSignal,
): Promise<{ readonly data: Uint8Array; readonly range: { readonly least: number; readonly most: number } | undefined }> {
  const pacer = makePacer(signal);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let from = 0; from < values.length; from += valuesPerStep) {
    for (let at = from; at < Math.min(values.length, from + valuesPerStep); at += 1) {
      const value = values[at] as number;
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    if (pacer.isDue()) await pacer.pause();
  }
  const white = least >= 0 && most <= 1 ? 1 : least >= 0 && most <= 255 && most > 127 ? 255 : undefined;
  const [black, scale] = white === undefined ? [least, 255 / (most - least || 1)] : [0, 255 / white];
  const data = new Uint8Array(values.length);
  for (let from = 0; from < values.length; from += valuesPerStep) {
    for (let at = from; at < Math.min(values.length, from + valuesPerStep); at += 1) {
      const value = values[at] as number;
      data[at] = Number.isFinite(value) ? Math.round(Math.min(255, Math.max(0, (value - black) * scale))) : 0;
    }
    if (pacer.isDue()) await pacer.pause();
  }
  return { data, range: white === undefined && Number.isFinite(least) ? { least, most } : undefined };
}
