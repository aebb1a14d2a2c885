import {
  type AnswerCertainty,
  type OutputSchema,
  type Page,
  type PageLines,
  type PageObject,
  type SecondReading,
  type ValueCheck,
  type ValueEvidence,
  VisionError,
} from '@h2ovl/contract';
import { checkJson } from '../../json/check-json.ts';
import type { JsonSchema } from '../../json/copy-schema.ts';
import { toJsonSchema, validateOutput } from '../../json/output-schema.ts';
import { findValueSpans } from '../../json/value-spans.ts';
import { findEvidence } from '../evidence/find-evidence.ts';
import { listValues } from '../evidence/list-values.ts';
import { addWork, type PageModel } from '../page-model.ts';
import { supportWarnings } from '../support/support-page.ts';
import { supportValues } from '../support/support-values.ts';
import type { PageTime } from '../verdicts/page-time.ts';
import { chooseDoubt, type Doubt } from './choose-doubt.ts';
import { chooseRegion } from './choose-region.ts';
import { runChecks } from './run-checks.ts';
import { lookAgain, type ShownAs } from './second-look.ts';
import { setValue } from './set-value.ts';

/** What is wanted beside an object. */
export interface ExamineOptions {
  readonly support: boolean;
  readonly evidence: boolean;
  readonly secondReading: boolean;
}

/** Everything that is needed to examine the object of a page. */
export interface Examination<T> extends ExamineOptions {
  readonly page: Page;
  /** The page as the model was shown it. */
  readonly shown: ShownAs;
  /** Undefined where the line reader could not look: there is no evidence then, only checks. */
  readonly lines: PageLines | undefined;
  readonly schema: OutputSchema<T>;
  readonly model: PageModel;
  readonly signal: AbortSignal | undefined;
  /** How sure the model was of parts of the text; undefined where it does not say. */
  readonly certainty?: Partial<AnswerCertainty> | undefined;
  /** What is left of the page's time: without any, nothing is looked at again. */
  readonly time: Pick<PageTime, 'leftMs' | 'answerBudgetMs' | 'count'>;
}

/** What was found, with the object as the model wrote it. */
interface Findings {
  readonly raw: unknown;
  readonly evidence: readonly ValueEvidence[];
  readonly checks: readonly ValueCheck[];
}

/**
 * Holds an extracted object against the lines of its page and the checks of its schema, and looks once more at one value that is in doubt. The object is
 * changed only where the second value stands on the page in these words and the check is passed with it; a warning says so.
 */
export async function examineObject<T>(result: PageObject<T>, examination: Examination<T>): Promise<PageObject<T>> {
  const { lines, signal } = examination;
  const schema = toJsonSchema(examination.schema);
  const read = checkJson(result.text);
  const raw = read.type === 'json' ? read.value : result.object;
  const find = async (object: unknown): Promise<Findings> => ({
    raw: object,
    evidence: lines === undefined ? [] : await findEvidence(object, schema, lines, result.page, signal),
    checks: runChecks(object, schema),
  });
  const found = await find(raw);
  const first = { ...found, evidence: withProbabilities(found.evidence, result.text, examination.certainty) };
  const mayLook = examination.secondReading && examination.time.leftMs > 0;
  const doubt = mayLook ? chooseDoubt(first.checks, first.evidence, examination.evidence) : undefined;
  const done = doubt === undefined ? undefined : await secondReading(result, first, doubt, { ...examination, find, jsonSchema: schema });
  return describe(done?.result ?? result, done?.findings ?? first, schema, examination);
}

interface SecondContext<T> extends Examination<T> {
  readonly jsonSchema: JsonSchema;
  readonly find: (object: unknown) => Promise<Findings>;
}

interface Second<T> {
  readonly result: PageObject<T>;
  readonly findings: Findings;
}

async function secondReading<T>(
  result: PageObject<T>,
  first: Findings,
  doubt: Doubt,
  context: SecondContext<T>,
): Promise<Second<T> | undefined> {
  const { page, lines, schema, jsonSchema, find } = context;
  const value = listValues(first.raw, jsonSchema).find(({ path }) => path === doubt.path);
  const region = value && lines && chooseRegion(value, first.evidence, lines);
  if (value === undefined || lines === undefined || region === undefined) return undefined;
  const look = await lookAgain(page, lines, value, region, { ...context, schema: jsonSchema }).catch(ignoreFailure(context.signal));
  if (look === undefined) return undefined;
  const worked = { ...result, ...(result.work && { work: addWork(result.work, look.work) }) };
  const kept = { result: worked, findings: withSecond(first, doubt, { ...look.second, isTaken: false }) };
  if (look.second.value === null || look.second.value === value.value) return kept;
  const changed = keepProbabilities(await find(setValue(first.raw, value.keys, look.second.value)), first, doubt.path);
  const checked = await validateOutput(schema, changed.raw);
  if ('issues' in checked || !isProven(changed, doubt)) return kept;
  const warning = `${doubt.path} was read as ${JSON.stringify(value.value)} first; a second look at its place found ${JSON.stringify(look.second.value)}, which stands there.`;
  return {
    result: { ...worked, object: checked.value, warnings: [...result.warnings, warning] },
    findings: withSecond(changed, doubt, { ...look.second, isTaken: true }),
  };
}

/** How sure the model was of each value, by the text it was read from. */
function withProbabilities(
  evidence: readonly ValueEvidence[],
  text: string,
  certainty: Partial<AnswerCertainty> | undefined,
): readonly ValueEvidence[] {
  if (certainty === undefined) return evidence;
  const spans = findValueSpans(text);
  return evidence.map((entry) => {
    const span = spans.get(entry.path);
    const logProbability = span && certainty.logProbabilityOf?.(span.from, span.to);
    return logProbability === undefined ? entry : { ...entry, probability: Math.exp(logProbability) };
  });
}

/** Evidence of a changed object: what the model was sure of belongs to the values that stayed. */
function keepProbabilities(changed: Findings, { evidence }: Findings, path: string): Findings {
  const known = new Map(evidence.map((entry) => [entry.path, entry.probability]));
  return {
    ...changed,
    evidence: changed.evidence.map((entry) => {
      const probability = entry.path === path ? undefined : known.get(entry.path);
      return probability === undefined ? entry : { ...entry, probability };
    }),
  };
}

/** A second look is an extra: that it fails is no failure of the page. */
function ignoreFailure(signal: AbortSignal | undefined): (error: unknown) => undefined {
  return (error) => {
    signal?.throwIfAborted();
    if (!VisionError.isInstance(error)) throw error;
    return undefined;
  };
}

function isProven({ evidence, checks }: Findings, { path, check }: Doubt): boolean {
  const isExact = evidence.find((entry) => entry.path === path)?.match === 'exact';
  return isExact && (check === undefined || checks.find((entry) => isSame(entry, check))?.outcome === 'passed');
}

const isSame = (a: ValueCheck, b: ValueCheck): boolean => a.check === b.check && a.paths.join() === b.paths.join();

/** What the second look found stands beside the check that failed, or beside the value that stood nowhere. */
function withSecond(findings: Findings, { path, check }: Doubt, second: SecondReading): Findings {
  if (check === undefined) {
    return { ...findings, evidence: findings.evidence.map((entry) => (entry.path === path ? { ...entry, second } : entry)) };
  }
  return { ...findings, checks: findings.checks.map((entry) => (isSame(entry, check) ? { ...entry, second } : entry)) };
}

function describe<T>(
  result: PageObject<T>,
  { raw, evidence, checks }: Findings,
  schema: JsonSchema,
  wanted: Examination<T>,
): PageObject<T> {
  const values = new Map(listValues(raw, schema).map(({ path, value }) => [path, value]));
  const support = wanted.support && wanted.lines !== undefined ? supportValues(evidence, values, result.text) : undefined;
  const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ check, message }) => `The check ${check} failed: ${message}`);
  const warnings = support === undefined ? [] : supportWarnings(support, wanted.lines?.lines.length ?? 0);
  return {
    ...result,
    ...(support !== undefined && { support }),
    ...(wanted.evidence && wanted.lines !== undefined && { evidence }),
    ...(checks.length > 0 && { checks }),
    warnings: [...result.warnings, ...warnings, ...failed],
  };
}
