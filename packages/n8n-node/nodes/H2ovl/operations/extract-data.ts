import { operations } from '@h2ovl/contract/operations';
import type { PageContent } from '@h2ovl/contract/wire';
import type { IDataObject } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { type Completion, complete, describeIssue } from '../complete.ts';
import { runDocument } from '../document-pages.ts';
import type { ItemFile } from '../read-files.ts';
import { readSchema, type Schema } from '../schema/read-schema.ts';
import { blankOptions, chooseInput, documentOptions, type ItemOutput, type ItemTask, sendOptions } from './item-task.ts';
import { type PageOutput, pageMarks, refuseFailedPages, summarize } from './page-output.ts';

/**
 * Fills a schema from all images of the item together: `{ output, valid, issues, model, durationMs }`; from each page of a document, in `pages` or in one
 * output item for each. `output` is an object, never a string. An answer that misses the schema is refused, or with the option kept with `valid: false` and
 * what is wrong in `issues`.
 */
export async function extractData(task: ItemTask): Promise<ItemOutput> {
  const { context, itemIndex, model, options } = task;
  const schema = readSchema(context, itemIndex);
  const input = chooseInput(task);
  if ('document' in input) return await extractPages(task, input.document, schema);
  if (options.evidence) return await extractPages(task, onlyFile(task), schema);
  const startedAt = Date.now();
  const completion = await complete(
    context,
    {
      model,
      prompt: options.prompt ?? '', // the model's side has an instruction of its own for a schema
      images: input.images,
      maxOutputTokens: options.maxTokens ?? operations.extract.maxOutputTokens,
      tiles: options.tiles,
      budgetMs: options.pageBudgetMs,
      output: schema,
    },
    { ...sendOptions(task), acceptMisfit: options.keepMisfits },
  );
  const result = describeResult(completion);
  if (result.valid !== true && !options.keepMisfits) {
    throw new NodeOperationError(context.getNode(), 'The answer of the model does not fit the schema', {
      itemIndex,
      description: `${(result.issues as string[]).slice(0, 5).join('; ')}. Ask for fewer fields, or switch on Keep Answers That Do Not Fit under Options.`,
    });
  }
  return [{ ...result, model, durationMs: Date.now() - startedAt, ...(completion.isCut ? { truncated: true } : {}) }];
}

/** The server has checked the answer; its root is an object, as the schema's is. */
function describeResult({ text, issues: known, partial }: Pick<Completion, 'text' | 'issues' | 'partial'>): IDataObject {
  const output = toObject(partial) ?? parseObject(text);
  const unread = output === undefined ? ['answer: is not a JSON object'] : [];
  const issues = known.length > 0 ? [...known] : unread;
  return { output: output ?? null, valid: issues.length === 0, issues, ...(output === undefined ? { text } : {}) };
}

async function extractPages(task: ItemTask, document: ItemFile, schema: Schema): Promise<ItemOutput> {
  const { context, model, options } = task;
  const startedAt = Date.now();
  const request = { ...documentOptions(task), schema, instruction: options.prompt, evidence: options.evidence, ...blankOptions(task) };
  const made = await runDocument(context, 'extract', document, request, sendOptions(task));
  const kept = options.keepMisfits ? made.pages.map(keepMisfit) : made.pages;
  refuseFailedPages(task, kept, document.name);
  const pages = kept.map((page): PageOutput => ({ page: page.page, ...describePage(page), ...describeFindings(page), ...pageMarks(page) }));
  if (options.isPerPage) return pages.map((page) => ({ ...page, pageCount: made.pageCount, model }));
  const whole = { pages, pageCount: made.pageCount, model, durationMs: Date.now() - startedAt, ...summarize(pages) };
  const [only] = pages;
  if (only === undefined || pages.length > 1) return [whole];
  return [{ ...without(only, 'page'), ...whole }]; // one page is read as one image is
}

/** Places are on one page: several pictures that share a prompt have none. Throws NodeOperationError for them. */
function onlyFile({ context, itemIndex, files }: ItemTask): ItemFile {
  const [file] = files;
  if (file !== undefined && files.length === 1) return file;
  throw new NodeOperationError(context.getNode(), 'Evidence is for one file for each item', {
    itemIndex,
    description: 'Name one file in Input Data Field Name(s), or switch off Evidence under Options.',
  });
}

/** Where values stand, and how the checks of the schema came out. */
function describeFindings({ evidence, checks, support }: PageContent): IDataObject {
  const found = {
    ...(evidence && { evidence }),
    ...(checks && { checks }),
    ...(support?.share !== undefined && { support: support.share }),
  };
  return JSON.parse(JSON.stringify(found)) as IDataObject; // plain data, as n8n keeps it
}

interface Misfit extends PageContent {
  readonly issues?: readonly string[];
}

/** A page whose answer does not fit, as a result with what is wrong. */
function keepMisfit(page: PageContent): Misfit {
  const output = page.error?.output;
  if (output === undefined) return page;
  const object = toObject(output.partial) ?? parseObject(output.text);
  return {
    ...without(page, 'error'),
    text: output.text,
    ...(object === undefined ? {} : { object }),
    issues: output.issues.map(describeIssue),
  };
}

function describePage({ object, issues = [], error, text, verdict }: Misfit): IDataObject {
  if (verdict.kind === 'blank' || verdict.kind === 'skipped') return { output: null, valid: true, issues: [] }; // nothing was asked, so nothing misses the schema
  if (error !== undefined) return { output: null, valid: false, issues: (error.output?.issues ?? []).map(describeIssue) };
  return describeResult({ text, partial: object, issues });
}

function without<T extends object>(value: T, name: string): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)) as T; // what is left out is optional
}

function parseObject(text: string): IDataObject | undefined {
  try {
    return toObject(JSON.parse(text));
  } catch {
    return undefined; // the caller says so, with the text
  }
}

function toObject(value: unknown): IDataObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as IDataObject) : undefined;
}
