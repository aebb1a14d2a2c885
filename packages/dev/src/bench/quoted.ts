/** llama.cpp on a shared 2-core Zen 3, measured once and elsewhere: no package for Node reads images with these models. Shown, never judged. */
export const quotedTileSeconds = 7.0;

/** The parts of a page of the 0.8B there: 7 tiles, 1,800 prompt tokens at 117 a second, 100 answer tokens at 33 a second. */
export const quotedPageSeconds: number = 7 * quotedTileSeconds + 1800 / 117 + 100 / 33;
