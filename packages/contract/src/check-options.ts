import { VisionError } from './errors.ts';
import type { DocumentLimits, WorkBudgets } from './limits.ts';
import type { GenerateOptions, ImageOptions, SamplingOptions } from './options.ts';

/** Names of all options of a kind; a name that is forgotten does not compile. */
export type OptionNames<O> = Readonly<Record<O extends unknown ? keyof O : never, true>>;

/** What a model's answer may be told besides its prompt. */
export const samplingOptionNames: OptionNames<SamplingOptions & ImageOptions> = {
  tiles: true,
  maxOutputTokens: true,
  temperature: true,
  topP: true,
  topK: true,
  seed: true,
  repetitionPenalty: true,
  stopSequences: true,
  endBlankRuns: true,
  endLoops: true,
  drafts: true,
};

/** The time that work may take. */
export const workBudgetNames: OptionNames<WorkBudgets> = { pageBudgetMs: true, documentBudgetMs: true };

/** What one document may take. */
export const documentLimitNames: OptionNames<DocumentLimits> = {
  maxBytes: true,
  maxPixels: true,
  maxPages: true,
  maxMemoryBytes: true,
  pageTimeoutMs: true,
  documentTimeoutMs: true,
};

/** What `generate`, `stream` and `countTokens` take. */
export const generateOptionNames: OptionNames<GenerateOptions> = {
  prompt: true,
  images: true,
  system: true,
  messages: true,
  signal: true,
  ...samplingOptionNames,
  budgetMs: true,
  pageText: true,
  draftText: true,
  schema: true,
  enforcement: true,
};

/**
 * Refuses options that do not exist instead of dropping them in silence: a misspelt limit would not hold. A value of undefined is no option.
 *
 * @param where what the options belong to, as it stands in the message: `generate()`, `loadModel()`
 * @throws VisionError INVALID_ARGUMENT that names the option, with the nearest known name as its hint
 */
export function checkOptions(options: object, names: Readonly<Record<string, true>>, where: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new VisionError('INVALID_ARGUMENT', `The options of ${where} are ${options === null ? 'null' : `of type ${typeof options}`}.`, {
      hint: `Pass an object; its options are ${Object.keys(names).join(', ')}.`,
    });
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    const now = nameNow(name);
    const near = findNearest(name, Object.keys(names));
    const known = near === undefined ? `Its options are ${Object.keys(names).join(', ')}.` : `Did you mean ${near}?`;
    throw new VisionError('INVALID_ARGUMENT', `${where} has no option ${JSON.stringify(shorten(name))}.`, {
      param: name,
      hint: now === undefined ? known : `It is called ${now} now.`,
    });
  }
}

/** Options that had another name, without marks between the words. */
const renamed: Readonly<Record<string, string>> = { maxtiles: 'tiles' };

/** What an option is called now whose name was changed, in the spelling of any interface; undefined for all others. */
export function nameNow(name: string): string | undefined {
  const plain = name.length > longestName ? '' : normalize(name);
  return Object.hasOwn(renamed, plain) ? renamed[plain] : undefined;
}

/** The options of a kind out of a larger object; what is undefined is left out. */
export function pickOptions<O>(options: { readonly [K in keyof O]?: O[K] | undefined }, names: OptionNames<O>): Partial<O> {
  const picked: Partial<O> = {};
  for (const name of Object.keys(names) as (keyof O)[]) if (options[name] !== undefined) picked[name] = options[name];
  return picked;
}

/** The known name that a misspelt or foreign one stands for; undefined when none is near. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  const wanted = normalize(name);
  if (wanted.length > longestName) return undefined;
  const rated = known.map((candidate) => ({ candidate, distance: rate(wanted, normalize(candidate)) }));
  const best = rated.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.candidate : undefined;
}

/** A name of an option has some 20 letters; longer ones are not compared, since that takes time with the square of their length. */
const longestName = 40;

/** `max_tokens` and `maxTokens` are one word. */
function normalize(name: string): string {
  return name.replace(/[^a-z\d]/gi, '').toLowerCase();
}

/** 1 for a name that begins the other (`dry`), or only leaves letters out or adds some (`maxTokens`, `abortSignal`), else the letters that differ. */
function rate(wanted: string, candidate: string): number {
  const [short, long] = wanted.length < candidate.length ? [wanted, candidate] : [candidate, wanted];
  const distance = countEdits(wanted, candidate);
  const isPart = (short.length >= 3 && long.startsWith(short)) || (short.length >= 4 && isWithin(short, long));
  return isPart ? Math.min(distance, 1) : distance;
}

/** Whether all letters of `short` stand in `long`, in order. */
function isWithin(short: string, long: string): boolean {
  let at = 0;
  for (const letter of long) if (letter === short[at]) at += 1;
  return at === short.length;
}

/** Levenshtein's distance. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let at = 0; at < to.length; at += 1) {
      const replaced = (row[at] as number) + (letter === to[at] ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] as number) + 1, (next[at] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}

function shorten(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}
