import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import { textOf } from '../lines-trial/page-drawing.ts';
import { listTrialPages, makePicture, pixelsOf, seedsFrom } from '../lines-trial/trial-pages.ts';

/** Prints drawn pages, and what the line reader reads of them: what `bench/known-texts.ts` holds. */
export async function runTextsPart(count: number, print: (line: string) => void): Promise<boolean> {
  const texts: { readonly text: string; readonly read: string }[] = [];
  for (const trial of listTrialPages(count, seedsFrom.kept)) {
    const { text: read } = await readLines(await pixelsOf((await makePicture(trial)).png));
    texts.push({ text: textOf(trial.page), read });
  }
  print(JSON.stringify(texts, undefined, 2));
  return true;
}
