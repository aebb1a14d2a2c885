import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnswerDrafts } from '@h2ovl/core/internal/answer/drafts/answer-drafts';
import { createSeededRandom } from '@h2ovl/core/internal/generation/seeded-random';
import { nanoCheckpoint } from '../testing/nano-samples.ts';

/** What is proposed instead of what a page's texts give: at most `count` candidates are asked for behind the tokens of the answer so far. */
export type Propose = (written: readonly number[], count: number) => readonly number[];

const { llm_config: language } = JSON.parse(readFileSync(join(nanoCheckpoint, 'config.json'), 'utf8'));
/** nano's. */
const vocabulary: number = language.vocab_size;
const endToken: number = language.eos_token_id;
/** The piece for the byte 0, which nano does not write: what is read behind it is forgotten again. */
const unlikely = 3;

const nothing: Propose = () => [];

function atRandom(seed: number): Propose {
  const random = createSeededRandom(seed);
  return (_, count) => Array.from({ length: count }, () => Math.floor(random() * vocabulary));
}

/** Ids that no token has, tokens that end an answer or stand for pictures, and more than was asked for. */
function hostile(seed: number): Propose {
  const random = createSeededRandom(seed);
  const ids = [-1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, 2 ** 31, vocabulary, vocabulary + 7, 0, 1, endToken, unlikely];
  return (written, count) => {
    const last = written.at(-1) as number;
    return Array.from({ length: count + 4 }, (_, place) =>
      place < 3 && random() < 0.7 ? last : (ids[Math.floor(random() * ids.length)] as number),
    );
  };
}

const perfect =
  (answer: readonly number[]): Propose =>
  (written, count) =>
    Array.from({ length: count }, (_, place) => answer[written.length + place] ?? endToken);

/** Right up to a place that is drawn by lot, and wrong from there on: nearly every run is cut back. */
function rightAtFirst(answer: readonly number[], seed: number): Propose {
  const random = createSeededRandom(seed);
  return (written, count) => {
    const right = Math.floor(random() * count);
    return perfect(answer)(written, count).map((token, place) => (place < right ? token : unlikely));
  };
}

/** By what they are called in a report; `answer`: the tokens that the model writes. */
export const standIns: Readonly<Record<string, (answer: readonly number[], seed: number) => Propose>> = {
  perfect,
  'right at first': rightAtFirst,
  none: () => nothing,
  random: (_, seed) => atRandom(seed),
  hostile: (_, seed) => hostile(seed),
};

/** Those of which nothing is ever right, so that each token takes a run. */
export const slowStandIns: readonly string[] = ['none', 'random', 'hostile'];

const original = { accept: AnswerDrafts.prototype.accept, propose: AnswerDrafts.prototype.propose };

/**
 * Answers one question while other candidates are proposed than those of its texts; without `propose`, just those. Resolves to the tokens of the answer that were read, too.
 * One at a time: no option of a request gives candidates themselves, so the class that makes them is changed meanwhile.
 */
export async function proposing<T>(
  propose: Propose | undefined,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly tokens: readonly number[] }> {
  const tokens: number[] = [];
  AnswerDrafts.prototype.accept = function (token) {
    tokens.push(token);
    original.accept.call(this, token);
  };
  if (propose !== undefined) AnswerDrafts.prototype.propose = (count) => propose(tokens, count);
  try {
    return { result: await work(), tokens };
  } finally {
    Object.assign(AnswerDrafts.prototype, original);
  }
}
