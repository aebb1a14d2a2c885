import type { VisionModel } from '@h2ovl/contract';
import { loadSharp } from '@h2ovl/core/internal/documents/load-sharp';
import type { BenchPage } from '../bench-models.ts';

/** A page of noise as a PNG: `seed` chooses the pixels. */
export async function drawPage({ widthPx, heightPx }: BenchPage, seed: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < pixels.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    pixels[i] = state >>> 24;
  }
  const sharp = await loadSharp();
  return sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** A question that, with the page's image, has `promptTokens` tokens or a few more. @throws Error when the page is not cut as planned */
export async function fillQuestion(model: VisionModel, image: Uint8Array, { tiles, promptTokens }: BenchPage): Promise<string> {
  const { tokensPerTile } = await model.info();
  let question = 'Read the text in the image.';
  for (;;) {
    const { inputTokens, imageTokens } = await model.countTokens({ prompt: question, images: [image] });
    if (imageTokens !== tiles * tokensPerTile) {
      throw new Error(`The page has ${imageTokens} image tokens; ${tiles} tiles have ${tiles * tokensPerTile}.`);
    }
    if (inputTokens >= promptTokens) return question;
    question += ' Read.';
  }
}
