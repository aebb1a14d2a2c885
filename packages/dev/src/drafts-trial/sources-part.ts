import { AnswerDrafts } from '@h2ovl/core/internal/answer/drafts/answer-drafts';
import { createSeededRandom } from '@h2ovl/core/internal/generation/seeded-random';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import type { Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import type { DrawnPage } from '../lines-trial/page-drawing.ts';
import { textOf } from '../lines-trial/page-drawing.ts';
import { listTrialPages, makePicture, pixelsOf, seedsFrom } from '../lines-trial/trial-pages.ts';
import { addFollowed, type FollowedText, followText, nothingFollowed } from './follow-text.ts';
import { openTokenizer } from './real-tokenizer.ts';

/** One answer, and what is known before it is written. */
interface Case {
  readonly answer: string;
  readonly texts: readonly string[];
  readonly prompt: string;
}

/** What the page says as an object with a row for each line, as an extraction would write it. */
function objectOf(page: DrawnPage): string {
  const rows = page.rows.map((row) => ({ text: row.map(({ text }) => text).join(' '), number_of_parts: row.length, is_heading: false }));
  return JSON.stringify({ ...page.values, lines: rows }, undefined, 1).replace(/\n\s*/g, ' ');
}

const misreadSigns = 3 / 100;
const signs = 'abcdefghijklmnopqrstuvwxyz0123456789.,:;-';

/** A text as a reader gives it that errs at single signs: of five three are taken for others, one is left out, and one is put in. */
function misread(text: string): string {
  const random = createSeededRandom(text.length);
  const drawSign = (): string => signs[Math.floor(random() * signs.length)] as string;
  const readSign = (sign: string): string => {
    if (/\s/.test(sign) || random() >= misreadSigns) return sign;
    const kind = random() * 5;
    if (kind < 3) return drawSign();
    return kind < 4 ? '' : sign + drawSign();
  };
  return [...text].map(readSign).join('');
}

/** Each source alone: for which answers, and what it knows. */
const sources: Readonly<Record<string, (page: DrawnPage, read: string) => Case>> = {
  "the page's own text (a text layer), for a reading": (page) => ({ answer: textOf(page), texts: [textOf(page)], prompt: '' }),
  "the line reader's text, for a reading": (page, read) => ({ answer: textOf(page), texts: [read], prompt: '' }),
  'a text in which 3 of 100 signs are misread, for a reading': (page) => ({
    answer: textOf(page),
    texts: [misread(textOf(page))],
    prompt: '',
  }),
  'an earlier reading, for an object': (page) => ({ answer: objectOf(page), texts: [textOf(page)], prompt: '' }),
  "the line reader's text, for an object": (page, read) => ({ answer: objectOf(page), texts: [read], prompt: '' }),
  "the line reader's text and an earlier reading, for an object": (page, read) => ({
    answer: objectOf(page),
    texts: [read, textOf(page)],
    prompt: '',
  }),
  "the line reader's text and an earlier object, for an object with other values": (page, read) => ({
    answer: objectOf({ ...page, values: Object.fromEntries(Object.entries(page.values).reverse()) }),
    texts: [read, objectOf(page)],
    prompt: '',
  }),
  'words of the prompt, for the values of an object': (page) => ({
    answer: JSON.stringify(page.values),
    texts: [],
    prompt: `Fill in: ${JSON.stringify(Object.fromEntries(Object.keys(page.values).map((name) => [name, ''])))}`,
  }),
  'what was written before, for an object': (page) => ({ answer: objectOf(page), texts: [], prompt: '' }),
  "a page's text that belongs to another page": (page) => ({ answer: textOf(page), texts: [textOf(elsewhere(page))], prompt: '' }),
};

let before: DrawnPage | undefined;
function elsewhere(page: DrawnPage): DrawnPage {
  const other = before ?? page;
  before = page;
  return other === page ? { ...page, rows: [] } : other;
}

/** Tokens a step, share of the candidates that were taken, and time to make them, with the tokenizer of 32,000 pieces and the true texts of drawn pages as answers. */
export async function runSourcesPart(count: number, print: (line: string) => void): Promise<boolean> {
  const tokenizer = await openTokenizer();
  const sums = new Map<string, FollowedText>(Object.keys(sources).map((name) => [name, nothingFollowed()]));
  for (const trial of listTrialPages(count, seedsFrom.kept)) {
    const read = (await readLines(await pixelsOf((await makePicture(trial)).png))).text;
    for (const [name, make] of Object.entries(sources))
      addFollowed(sums.get(name) as FollowedText, await follow(make(trial.page, read), tokenizer));
  }
  print(`sources, ${count} drawn pages, answers known:`);
  for (const [name, { tokens, runs, drafted, accepted, makingMs }] of sums) {
    const share = drafted === 0 ? '-' : `${((100 * accepted) / drafted).toFixed(0)} %`;
    const perRun = (makingMs / runs).toFixed(2);
    print(
      `  ${name}: ${(tokens / runs).toFixed(2)} tokens a step, ${share} of ${drafted} candidates taken, ${perRun} ms of processor time to make those of a step`,
    );
  }
  return [...sums.values()].every(({ tokens, runs }) => tokens >= runs);
}

function follow({ answer, texts, prompt }: Case, tokenizer: Tokenizer): Promise<FollowedText> {
  const source = new AnswerDrafts({ texts, prompt: tokenizer.encodeText(prompt), tokenizer });
  return followText(tokenizer.encodeText(answer), source, tokenizer.vocabularySize);
}
