import type { Tokenizer } from '../../text/tokenizer.ts';
import type { JudgedPage } from './calibration-pages.ts';

/** Predictions of one page at most. */
const maxPerPage = 128;
/** Pages are read until there are so many. */
const enoughPredictions = 2048;

export const question = 'Read the text in the image.';

/** A page with the tokens that are predicted one by one. */
export interface PredictedPage {
  readonly file: string;
  readonly ids: readonly number[];
}

/** The first pages, as many as make enough predictions; all of them where they do not. */
export function pagesToJudge(pages: readonly JudgedPage[], tokenizer: Tokenizer): readonly PredictedPage[] {
  const chosen: PredictedPage[] = [];
  let predictions = 0;
  for (const { file, text } of pages) {
    if (predictions >= enoughPredictions) break;
    const ids = [...tokenizer.encodeText(text), tokenizer.idOf('<|end|>')].slice(0, maxPerPage);
    chosen.push({ file, ids });
    predictions += ids.length;
  }
  return chosen;
}
