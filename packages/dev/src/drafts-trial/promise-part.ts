import { type GenerateOptions, type GenerateResult, OutputInvalidError, type VisionModel } from '@h2ovl/contract';
import { jsonSchema, loadModel } from '@h2ovl/core';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import { pixelsOf } from '../lines-trial/trial-pages.ts';
import { type AskedPage, listPages, type Question } from './promise-pages.ts';
import { proposing, slowStandIns, standIns } from './stand-in-drafts.ts';

const precisions = ['exact', 'balanced', 'fast'] as const;
/** Drawn pages are many: the first part of an answer has to do. */
const maxOutputTokens = { ofSamples: 400, ofDrawn: 160 } as const;
/** At `exact`, where two answers may part: log-probabilities of the two tokens closer than this. */
const closest = 1e-3;
/** A page's questions are reported with the sums so far each time that so many pages were asked about: a long run may be cut short. */
const pagesPerReport = 10;

/** How much of a page is asked. */
export interface PromiseRun {
  /** Drawn pages behind the sample pages. */
  readonly drawn: number;
  /** Places of the first page, and of the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** @default what the library takes */
  readonly threads?: number;
}

/** What is compared of an answer. */
interface Answer {
  readonly text: string;
  readonly finishReason: string;
  readonly certainty: GenerateResult['certainty'];
  readonly drafted: number;
  readonly accepted: number;
  readonly outputTokens: number;
}

/** What one precision came to, of questions of one kind. */
interface Sums {
  answers: number;
  dependent: number;
  different: number;
  breaches: number;
  tokens: number;
  drafted: number;
  accepted: number;
}

/**
 * Answers of nano with drafts and without: at `exact` the texts are the same but where two tokens are as good as equal, and at every precision the text and how
 * sure the model was of it do not depend on what was proposed: the line reader's text, the answer itself, the answer with a wrong end, nothing, random and impossible
 * tokens. Sample pages are asked with all of these, drawn ones with one of the last three in turn. Each page is asked without a schema and with one.
 */
export async function runPromisePart({ drawn, from, to, threads }: PromiseRun, print: (line: string) => void): Promise<boolean> {
  const models = await Promise.all(
    precisions.map((precision) => loadModel('nano', { precision, ...(threads !== undefined && { threads }) })),
  );
  const sums = new Map<string, Sums>();
  let pages = 0;
  const report = (): void => {
    print(`${pages} pages from place ${from} on:`);
    for (const [name, sum] of sums) print(`  ${name}: ${describeSums(sum)}`);
  };
  try {
    for await (const page of listPages(drawn, from, to)) {
      const { text: lines } = await readLines(await pixelsOf(Buffer.from(page.png)));
      for (const [place, precision] of precisions.entries()) {
        for (const question of page.questions) {
          const name = `${precision}, ${question.schema === undefined ? 'no schema' : 'held to a schema'}`;
          const sum = sums.get(name) ?? noSums();
          sums.set(name, sum);
          const asked = { page, question, lines, seed: from + pages, isExact: precision === 'exact' };
          await compareAnswers(models[place] as VisionModel, asked, sum, (line) => print(`  ${name}, ${page.name}: ${line}`));
        }
      }
      pages += 1;
      if (pages % pagesPerReport === 0) report();
    }
  } finally {
    for (const model of models) await model.dispose();
  }
  report();
  return [...sums.values()].every(({ dependent, breaches }) => dependent === 0 && breaches === 0);
}

interface Asked {
  readonly page: AskedPage;
  readonly question: Question;
  /** What the line reader reads of the page. */
  readonly lines: string;
  readonly seed: number;
  readonly isExact: boolean;
}

async function compareAnswers(
  model: VisionModel,
  { page, question, lines, seed, isExact }: Asked,
  sum: Sums,
  print: (line: string) => void,
): Promise<void> {
  const plain = await ask(model, page, question, undefined);
  const draftText = lines.trim() === '' ? 'Nothing was read.' : lines;
  const { result: first, tokens } = await proposing(undefined, () => ask(model, page, question, draftText));
  sum.answers += 1;
  sum.tokens += first.outputTokens;
  sum.drafted += first.drafted;
  sum.accepted += first.accepted;
  const slow = slowStandIns[seed % slowStandIns.length];
  const differing: string[] = [];
  for (const [name, make] of Object.entries(standIns)) {
    if (!page.isSample && slowStandIns.includes(name) && name !== slow) continue;
    const { result } = await proposing(make(tokens, seed), () => ask(model, page, question, draftText));
    if (!isSame(first, result)) differing.push(name);
  }
  if (differing.length > 0) {
    sum.dependent += 1;
    print(`the answer depends on the drafts (${differing.join(', ')})`);
  }
  if (first.text === plain.text && first.finishReason === plain.finishReason) return;
  sum.different += 1;
  const parting = describeParting(plain, first);
  if (isExact && !parting.isClose) sum.breaches += 1;
  print(parting.words);
}

async function ask(
  model: VisionModel,
  { png, isSample }: AskedPage,
  { prompt, schema }: Question,
  draftText: string | undefined,
): Promise<Answer> {
  const drafts = draftText === undefined ? ({ drafts: 'off' } as const) : { draftText };
  const options = {
    prompt,
    images: [png],
    maxOutputTokens: isSample ? maxOutputTokens.ofSamples : maxOutputTokens.ofDrawn,
    ...(schema && { schema: jsonSchema(schema) }),
    ...drafts,
  };
  try {
    const { text, finishReason, certainty, usage } = await model.generate<unknown>(options as GenerateOptions<unknown>);
    const { draftedTokens = 0, acceptedTokens = 0, outputTokens } = usage;
    return { text, finishReason, certainty, drafted: draftedTokens, accepted: acceptedTokens, outputTokens };
  } catch (error) {
    if (!(error instanceof OutputInvalidError)) throw error;
    // The object did not come to its end: what there is of it is compared.
    const { text, finishReason } = error;
    return { text, finishReason: finishReason ?? 'none', certainty: undefined, drafted: 0, accepted: 0, outputTokens: 0 };
  }
}

function isSame(one: Answer, other: Answer): boolean {
  const isEqual = one.text === other.text && one.finishReason === other.finishReason && one.outputTokens === other.outputTokens;
  return isEqual && one.certainty?.meanLogProbability === other.certainty?.meanLogProbability;
}

/** Where two texts part, and how likely the model held what it took there. */
function describeParting(plain: Answer, drafted: Answer): { readonly words: string; readonly isClose: boolean } {
  let at = 0;
  while (at < plain.text.length && plain.text[at] === drafted.text[at]) at += 1;
  const oddsOf = ({ text, certainty }: Answer): number => certainty?.logProbabilityOf?.(at, Math.min(at + 1, text.length)) ?? Number.NaN;
  const quote = ({ text }: Answer): string => JSON.stringify(text.slice(at, at + 12));
  const [without, withDrafts] = [oddsOf(plain), oddsOf(drafted)];
  const tell = (odds: number): string => (Number.isNaN(odds) ? 'odds that an unfinished object does not tell' : odds.toFixed(5));
  const words = `other text from character ${at}: ${quote(plain)} at ${tell(without)} without, ${quote(drafted)} at ${tell(withDrafts)} with drafts`;
  return { words, isClose: Math.abs(without - withDrafts) < closest };
}

const noSums = (): Sums => ({ answers: 0, dependent: 0, different: 0, breaches: 0, tokens: 0, drafted: 0, accepted: 0 });

function describeSums({ answers, dependent, different, tokens, drafted, accepted }: Sums): string {
  const share = ((100 * accepted) / Math.max(1, drafted)).toFixed(0);
  return `${answers} answers, ${dependent} depend on the drafts, ${different} differ from those without; the line reader's text: ${tokens} tokens, ${accepted} of ${drafted} candidates taken (${share} %)`;
}
