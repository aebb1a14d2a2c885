import { parseArgs } from 'node:util';
import { jsonSchema, OutputInvalidError, VisionError, type VisionModel } from '@h2ovl/contract';
import { loadModel } from '@h2ovl/core';
import { checkJson } from '@h2ovl/core/internal/json/check-json';
import { makeChecker } from '@h2ovl/core/internal/json/make-checker';
import { structuredPrompt } from '@h2ovl/core/internal/json/structured-prompt';
import { type DrawnDocument, documentKinds, drawDocument } from './documents.ts';
import { type DateForm, dateForms, type ExtractionQuestion, questionsOf } from './questions.ts';
import { scoreObject } from './score.ts';

const usage = `Usage: extraction [options]
Draws receipts, invoices and forms, extracts their fields with and without the schema held, and counts what is right.
  --model NAME|FOLDER   what reads (default nano)
  --part open|kept      which drawings: those to work with, or those kept apart for the last word (default kept)
  --pages N             documents of each kind (default 20)
  --json                one line of JSON for each row
`;

/** Drawings of the two parts never meet: tries are made with the open ones. */
const firstSeeds = { open: 1, kept: 1_000_001 } as const;
const maxOutputTokens = 1024; // as `extract` has it

/** What became of all documents of one question, asked in one way. */
export interface ExtractionRow {
  readonly question: string;
  readonly dates: DateForm;
  readonly isHeld: boolean;
  documents: number;
  /** Answers that are complete, parse and fit the schema. */
  valid: number;
  fields: number;
  right: number;
  dateFields: number;
  datesRight: number;
  /** Values named in `forced`, and how many of those that were drawn are wrong. */
  forced: number;
  forcedWrong: number;
  tokens: number;
  decodeMs: number;
}

export interface TrialOptions {
  readonly model: VisionModel;
  readonly part: keyof typeof firstSeeds;
  readonly pages: number;
  readonly report?: (text: string) => void;
}

/** Asks every question of every document, with the schema held and without it. */
export async function tryExtraction({ model, part, pages, report = () => {} }: TrialOptions): Promise<readonly ExtractionRow[]> {
  const rows = new Map<string, ExtractionRow>();
  for (const kind of documentKinds) {
    for (let page = 0; page < pages; page += 1) {
      report(`${kind} ${page + 1} of ${pages}`);
      const document = await drawDocument(kind, firstSeeds[part] + page);
      for (const dates of dateForms) {
        for (const question of questionsOf(kind, dates)) {
          for (const isHeld of [true, false]) {
            const key = `${question.name} ${dates} ${isHeld}`;
            const row = rows.get(key) ?? newRow(question.name, dates, isHeld);
            rows.set(key, row);
            count(row, document, question, isHeld ? await askHeld(model, document, question) : await askFree(model, document, question));
          }
        }
      }
    }
  }
  return [...rows.values()];
}

const newRow = (question: string, dates: DateForm, isHeld: boolean): ExtractionRow => ({
  ...{ question, dates, isHeld, documents: 0, valid: 0, fields: 0, right: 0, dateFields: 0, datesRight: 0 },
  ...{ forced: 0, forcedWrong: 0, tokens: 0, decodeMs: 0 },
});

interface Answer {
  readonly object: unknown;
  readonly isComplete: boolean;
  readonly forced: readonly string[];
  readonly tokens: number;
  readonly decodeMs: number;
}

async function askHeld(model: VisionModel, { png }: DrawnDocument, { schema }: ExtractionQuestion): Promise<Answer> {
  try {
    const result = await model.generate<unknown>({ prompt: '', images: [png], schema: jsonSchema(schema), maxOutputTokens });
    const { object, forced = [], usage: used, timings } = result;
    return { object, isComplete: true, forced, tokens: used.outputTokens, decodeMs: timings.decodeMs };
  } catch (error) {
    if (!OutputInvalidError.isInstance(error)) throw error;
    return { object: error.partial, isComplete: false, forced: [], tokens: 0, decodeMs: 0 };
  }
}

/** The same prompt, and nothing that holds the answer to it. */
async function askFree(model: VisionModel, { png }: DrawnDocument, { schema }: ExtractionQuestion): Promise<Answer> {
  const prompt = structuredPrompt({ question: '', schema }).after;
  const { text, finishReason, usage: used, timings } = await model.generate({ prompt, images: [png], maxOutputTokens });
  const checked = checkJson(text);
  const object = checked.type === 'json' ? checked.value : undefined;
  return { object, isComplete: finishReason === 'stop', forced: [], tokens: used.outputTokens, decodeMs: timings.decodeMs };
}

function count(row: ExtractionRow, document: DrawnDocument, { schema }: ExtractionQuestion, answer: Answer): void {
  row.documents += 1;
  if (answer.isComplete && makeChecker(schema)(answer.object).length === 0) row.valid += 1;
  row.tokens += answer.tokens;
  row.decodeMs += answer.decodeMs;
  row.forced += answer.forced.length;
  for (const [path, isRight] of scoreObject(document, answer.object, schema, row.dates)) {
    row.fields += 1;
    if (isRight) row.right += 1;
    if (answer.forced.includes(path) && !isRight) row.forcedWrong += 1;
    if (!/date/.test(path)) continue;
    row.dateFields += 1;
    if (isRight) row.datesRight += 1;
  }
}

/** Runs the trial and prints its rows; resolves to 0, 1 when an answer that was held did not fit, 2 for wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const { part, pages, isJson } = options;
  const model = await loadModel(options.model);
  const report = (text: string): void => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[K${text}`));
  const rows = await tryExtraction({ model, part, pages, report }).finally(() => model.dispose());
  report('');
  process.stdout.write(isJson ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : writeTable(rows));
  return rows.every(({ isHeld, valid, documents }) => !isHeld || valid === documents) ? 0 : 1;
}

interface Options {
  readonly model: string;
  readonly part: keyof typeof firstSeeds;
  readonly pages: number;
  readonly isJson: boolean;
}

function readOptions(argv: readonly string[]): Options | undefined {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args: [...argv], options: { model: text, part: text, pages: text, json: { type: 'boolean' } } });
    const { model = 'nano', part = 'kept', pages = '20', json = false } = values;
    if ((part !== 'open' && part !== 'kept') || !/^[1-9]\d{0,3}$/.test(pages)) return undefined;
    return { model, part, pages: Number(pages), isJson: json };
  } catch (error) {
    if (VisionError.isInstance(error)) throw error;
    return undefined;
  }
}

function writeTable(rows: readonly ExtractionRow[]): string {
  const lines = rows.map((row) => {
    const { question, dates, isHeld, documents, valid, fields, right, dateFields, datesRight, forced, forcedWrong } = row;
    const perToken = row.tokens === 0 ? '' : (row.decodeMs / row.tokens).toFixed(2);
    const cells = [question, dates, isHeld ? 'held' : 'free', `${valid} of ${documents}`, `${right} of ${fields}`];
    const flagged = isHeld ? `${forced}, ${forcedWrong} wrong` : '';
    return [...cells, `${datesRight} of ${dateFields}`, flagged, perToken];
  });
  const head = ['question', 'dates', 'schema', 'valid', 'fields right', 'dates right', 'forced', 'ms a token'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
