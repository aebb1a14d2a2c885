import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** One of the pages that come with nano. Tests take what they expect from here: another nano may come, with other pages. */
export interface NanoPage {
  readonly file: string;
  readonly path: string;
  readonly question: string;
  /** What was drawn. */
  readonly answer: string;
  /** What PyTorch reads at full precision. */
  readonly pytorch: string;
  /** The smallest lead of a token that PyTorch chose over the next best one, in logits; named as in the index. */
  readonly smallest_margin: number;
}

/** A page whose question ends in a JSON skeleton. */
export interface NanoJsonPage extends NanoPage {
  /** The question without its skeleton. */
  readonly instruction: string;
  readonly skeleton: Readonly<Record<string, unknown>>;
  /** JSON Schema of the skeleton: every property is required and may be null. */
  readonly schema: JsonObject & { readonly type: 'object' };
  /** The right answer. */
  readonly value: Readonly<Record<string, unknown>>;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const nano = dirname(createRequire(import.meta.url).resolve('@h2ovl/nano/package.json'));

export const nanoCheckpoint: string = join(nano, 'checkpoint');
export const nanoSamples: string = join(nano, 'samples');

/** Every page, in the order of the index. */
export const nanoPages: readonly NanoPage[] = JSON.parse(readFileSync(join(nanoSamples, 'index.json'), 'utf8')).map(
  (sample: Omit<NanoPage, 'path'>): NanoPage => ({ ...sample, path: join(nanoSamples, sample.file) }),
);

const isRead = ({ question }: NanoPage): boolean => question === 'Read the text in the image.';
const isRight = ({ answer, pytorch }: NanoPage): boolean => answer === pytorch;

/**
 * A lead that no processor and neither `exact` nor `balanced` takes away: `balanced` lost leads of up to 0.31 where 8-bit weights go up to 64
 * (decision 3), so a page with a smaller one is read right on some machines only.
 */
const sureMargin = 0.5;
const isSure = ({ smallest_margin }: NanoPage): boolean => smallest_margin >= sureMargin;
const namesTotal = ({ answer }: NanoPage): boolean => /\btotal\b/i.test(answer);

/** Pages to read that nano reads without a fault on every machine: receipts and invoices first, as the READMEs ask the first one for its total. */
export const readablePages: readonly [NanoPage, ...NanoPage[]] = atLeastOne(
  nanoPages.filter((page) => isRead(page) && isRight(page) && isSure(page)).sort((a, b) => Number(namesTotal(b)) - Number(namesTotal(a))),
  'page that is surely read without a fault',
);

/** The page with the longest text among those that PyTorch reads without a fault: for what has to happen in the middle of an answer. */
export const longPage: NanoPage = atLeastOne(
  nanoPages.filter((page) => isRead(page) && isRight(page)).sort((a, b) => b.answer.length - a.answer.length),
  'page that is read without a fault',
)[0];

/** Pages with a short question. */
export const askedPages: readonly [NanoPage, ...NanoPage[]] = atLeastOne(
  nanoPages.filter(({ question }) => question.startsWith('What')),
  'page with a question',
);

/** Pages with a JSON skeleton in their question. */
export const jsonPages: readonly [NanoJsonPage, ...NanoJsonPage[]] = atLeastOne(
  nanoPages.filter(({ question }) => question.endsWith('}')).map(asJsonPage),
  'page with a JSON skeleton',
);

/** Those of them that nano fills without a fault on every machine. */
export const extractablePages: readonly [NanoJsonPage, ...NanoJsonPage[]] = atLeastOne(
  jsonPages.filter((page) => isRight(page) && isSure(page)),
  'JSON skeleton that is filled without a fault',
);

function asJsonPage(page: NanoPage): NanoJsonPage {
  const at = page.question.indexOf('{');
  const skeleton = JSON.parse(page.question.slice(at));
  const schema = schemaOf(skeleton) as NanoJsonPage['schema'];
  return { ...page, instruction: page.question.slice(0, at).trimEnd(), skeleton, schema, value: JSON.parse(page.answer) };
}

function schemaOf(value: unknown): JsonObject {
  if (Array.isArray(value)) return { type: 'array', items: schemaOf(value[0]) };
  if (typeof value !== 'object' || value === null) return { type: [typeof value, 'null'] };
  const properties = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, schemaOf(part)]));
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function atLeastOne<T>(pages: readonly T[], what: string): readonly [T, ...T[]] {
  const [first, ...rest] = pages;
  if (first === undefined) throw new Error(`The samples of nano hold no ${what}.`);
  return [first, ...rest];
}
