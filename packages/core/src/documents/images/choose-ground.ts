import { makePacer } from '../../tiles/make-pacer.ts';

/** Shares of all pixels, and of those that are seen. */
const [leastClear, mostDark] = [0.02, 0.02];
/** Of 255: what is darker can be read on white. */
const readableOnWhite = 176;
/** Of 255: what is clearer is ground, what is less clear is seen. */
const halfClear = 128;

/**
 * The ground on which a picture with clear pixels can be read: white, as the models know pages, unless next to nothing of what is seen is dark enough for it;
 * then black.
 * @param pixels [count, 4]: red, green, blue, opacity
 */
export async function chooseGround(pixels: Uint8Array, signal: AbortSignal | undefined): Promise<'#ffffff' | '#000000'> {
  const pacer = makePacer(signal);
  let [clear, seen, dark] = [0, 0, 0];
  for (let at = 0; at + 3 < pixels.length; at += 4) {
    if ((pixels[at + 3] as number) < halfClear) clear += 1;
    else {
      seen += 1;
      if (0.299 * (pixels[at] as number) + 0.587 * (pixels[at + 1] as number) + 0.114 * (pixels[at + 2] as number) < readableOnWhite)
        dark += 1;
    }
    if (at % 65_536 === 0 && pacer.isDue()) await pacer.pause();
  }
  return clear >= leastClear * (clear + seen) && seen > 0 && dark <= mostDark * seen ? '#000000' : '#ffffff';
}
