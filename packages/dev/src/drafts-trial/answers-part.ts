import { readFile } from 'node:fs/promises';
import { loadModel } from '@h2ovl/core';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import { pixelsOf } from '../lines-trial/trial-pages.ts';
import { nanoPages, readablePages } from '../testing/nano-samples.ts';

const maxOutputTokens = 400;

/** Prints what nano writes about its sample pages that are to be read, and what the line reader reads of them: what `bench/nano-answers.ts` holds. */
export async function runAnswersPart(count: number, print: (line: string) => void): Promise<boolean> {
  const texts: { readonly page: string; readonly text: string; readonly read: string }[] = [];
  const model = await loadModel('nano', { precision: 'balanced' });
  try {
    const [{ question }] = readablePages;
    for (const { file, path } of nanoPages.filter((page) => page.question === question).slice(0, count)) {
      const { text: read } = await readLines(await pixelsOf(await readFile(path)));
      const { text } = await model.generate({ prompt: question, images: [path], maxOutputTokens, drafts: 'off' });
      texts.push({ page: file, text, read });
    }
  } finally {
    await model.dispose();
  }
  print(JSON.stringify(texts, undefined, 2));
  return true;
}
