import {
  checkOptions,
  type DocumentFacts,
  extractRequest,
  type OptionNames,
  type OutputSchema,
  type PageObject,
  type SchemaEnforcement,
} from '@h2ovl/contract';
import { toJsonSchema } from '../json/output-schema.ts';
import { asSchemaFault } from '../json/schema-fault.ts';
import { examineObject } from './checks/examine-object.ts';
import { prepareExamination } from './checks/prepare-examination.ts';
import { checkChecks } from './checks/read-checks.ts';
import { type DocumentOptions, type DocumentSourceInput, documentOptionNames, modelOptions } from './document-options.ts';
import { layerDraft } from './draft-text.ts';
import { describeError, eachPage, type PageTask } from './each-page.ts';
import { describeWarnings, describeWork, type PageModelSource, readsPrintOnly } from './page-model.ts';
import { showToModel } from './pages/show-to-model.ts';
import { attemptObject } from './verdicts/attempt-object.ts';
import { lookAtPage } from './verdicts/look-at-page.ts';
import { addReason, answerVerdict, failureVerdict, linesVerdict, pageTextOf } from './verdicts/verdicts.ts';

/** What is taken from each page. */
export interface ExtractDocumentOptions<T> extends DocumentOptions {
  readonly model: PageModelSource;
  /** What the object of a page must look like. */
  readonly schema: OutputSchema<T>;
  /** What the model is told, in place of the sentence of the model cards. */
  readonly instruction?: string | undefined;
  /** How the schema is held. @default 'decoding' */
  readonly enforcement?: SchemaEnforcement | undefined;
  /**
   * Says which share of the values stands on the page, as the line reader sees it. Takes as long as the lines, about a second a page, where they were not
   * looked at anyway. @default true, but for nano
   */
  readonly support?: boolean | undefined;
  /** Adds where each value stands: its boxes, the page's own words and the label beside it. Takes the lines of the page, too. @default false */
  readonly evidence?: boolean | undefined;
  /**
   * Shows the model one part of the page again, where a check of the schema (`x-check`) failed or, with `evidence`, a value stands nowhere. The object is
   * changed only where what was found then stands there and passes the check; a warning says so. @default true, but for nano
   */
  readonly secondReading?: boolean | undefined;
  /** Asks again with a little chance where the model went round in circles. @default true */
  readonly retry?: boolean | undefined;
  /** Asks the model about blank pages, too. @default false: their object is undefined and their verdict `blank` */
  readonly readBlank?: boolean | undefined;
}

const extractOptionNames: OptionNames<ExtractDocumentOptions<unknown>> = {
  ...documentOptionNames,
  model: true,
  schema: true,
  instruction: true,
  enforcement: true,
  support: true,
  evidence: true,
  secondReading: true,
  readBlank: true,
  retry: true,
};

/**
 * Takes one object that fits the schema from each page: lazy, in order. A page whose answer does not fit has an `error` OUTPUT_INVALID, whose `output` has
 * the text that came, and the value as far as it came where it was cut. Checks in the schema (`x-check`) are held against each object. A blank page has neither an object nor an error.
 * @throws as `readDocument` does
 */
export function extractDocument<T>(source: DocumentSourceInput, options: ExtractDocumentOptions<T>): AsyncGenerator<PageObject<T>, void> {
  checkOptions(options, extractOptionNames, 'extractDocument()');
  asSchemaFault(() => checkChecks(toJsonSchema(options.schema)));
  return eachPage<PageObject<T>>(
    source,
    options,
    (task, facts) => extractPage(task, facts, options),
    (result) => ({ ...result, text: '', object: undefined }),
  );
}

async function extractPage<T>(
  { page, time, report }: PageTask,
  document: DocumentFacts,
  options: ExtractDocumentOptions<T>,
): Promise<PageObject<T>> {
  const { instruction, schema, enforcement, readBlank = false, retry = true, signal } = options;
  const look = readBlank ? undefined : await time.clock(() => lookAtPage(page, signal));
  const seen = look?.lines && linesVerdict(look.lines);
  if (seen?.kind === 'blank') return { page: page.number, document, object: undefined, text: '', verdict: seen, warnings: [] };
  const model = typeof options.model === 'function' ? await options.model() : options.model;
  if (seen?.kind === 'unreadable' && readsPrintOnly(model)) {
    return { page: page.number, document, object: undefined, text: '', verdict: seen, warnings: [] };
  }
  const request = extractRequest<unknown>({
    images: [page],
    schema,
    ...(instruction !== undefined && { instruction }),
    ...(enforcement !== undefined && { enforcement }),
    ...modelOptions(options),
    pageText: pageTextOf(look?.lines),
  });
  const shown = await time.clock(() => showToModel(model, page, { ...options, lines: look?.lines, parts: 'together', time }));
  const draftText = await time.clock(() => layerDraft(page, options));
  const wanted = { ...request, images: shown.images, draftText } as typeof request;
  const answer = await attemptObject({
    model: shown.model,
    others: shown.others,
    request: wanted,
    time,
    isRetrying: retry,
    isChecked: enforcement === 'after',
    report,
  });
  if (answer.error !== undefined) {
    const error = describeError(answer.error);
    const verdict = { ...failureVerdict(error), attempts: answer.attempts };
    return { page: page.number, document, object: undefined, text: '', verdict, warnings: [], error };
  }
  const { result, attempts } = answer;
  const { object, text, truncated, forced } = result;
  const picture = shown.picture(result);
  const warnings = [...describeWarnings(result), ...shown.warnings(result)];
  const flags = { ...(truncated && { truncated }), ...(forced && { forced }) };
  const verdict = { ...addReason(answerVerdict(text, result.finishReason, look?.lines), look?.reason), attempts };
  const work = describeWork(result, text);
  const made = { page: page.number, document, object: object as T, text, ...flags, verdict, ...(picture && { picture }), warnings, work };
  const examination = await prepareExamination(page, look, model, options);
  return examineObject<T>(made, { ...examination, shown: shown.shown, time, certainty: result.certainty });
}
