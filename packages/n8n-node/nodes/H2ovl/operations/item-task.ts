import type { DraftChoice, ReadMode, RotateChoice, TileChoice } from '@h2ovl/contract';
import type { DocumentRequestOptions } from '@h2ovl/contract/wire';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { type ItemFile, toDataUrl } from '../read-files.ts';
import type { SendOptions } from '../transport.ts';

/** Everything one operation needs to work on one item; parameters are read and complete. */
export interface ItemTask {
  readonly context: IExecuteFunctions;
  readonly itemIndex: number;
  readonly model: string;
  readonly files: readonly ItemFile[];
  readonly options: ItemOptions;
  /** Aborted when the run was stopped, or another item has ended it. */
  readonly signal: AbortSignal;
}

/** What an item comes to: one object, or one for each page. */
export type ItemOutput = readonly IDataObject[];

/** The Options collection of an item. */
export interface ItemOptions {
  /** Longest wait for one page or one answer. */
  readonly timeoutMs: number;
  /** Undefined: the default of the operation. */
  readonly maxTokens: number | undefined;
  /** Undefined: the default of the server. */
  readonly tiles: TileChoice | undefined;
  /** Undefined: the default of the server. */
  readonly rotate: RotateChoice | undefined;
  /** Whether known text is proposed to the model; undefined: the default of the server. */
  readonly drafts: DraftChoice | undefined;
  /** Undefined: the default instruction of the operation. */
  readonly prompt: string | undefined;
  /** Output an answer that misses its schema instead of refusing it. */
  readonly keepMisfits: boolean;
  /** Says where each value stands on its page. */
  readonly evidence: boolean;
  /** `1-3,7,-1`; undefined: all pages. */
  readonly pages: string | undefined;
  readonly mode: ReadMode;
  readonly password: string | undefined;
  /** Milliseconds of work on a page; undefined: the default of the server. */
  readonly pageBudgetMs: number | undefined;
  /** Milliseconds of work on all pages of a document; undefined: no limit. */
  readonly documentBudgetMs: number | undefined;
  /** Has the model read blank pages, too. */
  readonly readBlank: boolean;
  /** One output item for each page instead of one for each input item. */
  readonly isPerPage: boolean;
}

const defaultTimeoutSeconds = 600;
const modes: readonly ReadMode[] = ['auto', 'lines', 'model', 'text'];

/** Reads the Options collection; what was not added or is 0 or empty counts as not set. */
export function readOptions(context: IExecuteFunctions, itemIndex: number): ItemOptions {
  // n8n hands out a collection as an object with the options the user added.
  const options = context.getNodeParameter('options', itemIndex, {}) as Readonly<Record<string, unknown>>;
  const mode = modes.find((known) => known === (options.mode ?? 'auto'));
  if (mode === undefined) {
    throw new NodeOperationError(context.getNode(), `There is no mode '${String(options.mode)}'`, {
      itemIndex,
      description: `Choose one of ${modes.join(', ')} in Mode under Options.`,
    });
  }
  return {
    timeoutMs: (readCount(options.timeout) ?? defaultTimeoutSeconds) * 1000,
    maxTokens: readCount(options.maxTokens),
    tiles: readTiles(context, itemIndex, options),
    rotate: (['auto', 0, 90, 180, 270] as const).find((known) => known === options.rotate),
    drafts: readDrafts(context, itemIndex, options.drafts),
    prompt: readText(options.prompt),
    keepMisfits: options.keepMisfits === true,
    evidence: options.evidence === true,
    pages: readText(options.pages)?.trim(),
    mode,
    password: readText(options.password),
    pageBudgetMs: readMilliseconds(options.pageBudget),
    documentBudgetMs: readMilliseconds(options.documentBudget),
    readBlank: options.readBlank === true,
    isPerPage: options.output === 'pages',
  };
}

/** An expression may bring anything. */
function readDrafts(context: IExecuteFunctions, itemIndex: number, value: unknown): DraftChoice | undefined {
  if (value === undefined || value === '') return undefined;
  const choice = (['auto', 'off'] as const).find((known) => known === value);
  if (choice !== undefined) return choice;
  throw new NodeOperationError(context.getNode(), `Drafts is '${String(value)}'`, {
    itemIndex,
    description: 'Choose auto or off in Drafts under Options.',
  });
}

/** How pages are cut. A number stands in a collection of its own right; an expression may bring it as text. */
function readTiles(context: IExecuteFunctions, itemIndex: number, options: Readonly<Record<string, unknown>>): TileChoice | undefined {
  if (options.maxTiles !== undefined) {
    throw new NodeOperationError(context.getNode(), "There is no option 'Max Tiles' any more", {
      itemIndex,
      description: 'It is called Tiles now: remove Max Tiles under Options, and add Tiles.',
    });
  }
  const value = options.tiles ?? '';
  if (value === 'auto' || value === 'crops') return value;
  if (value === '') return undefined;
  const count = readCount(value);
  if (count !== undefined && Number.isInteger(count)) return count;
  throw new NodeOperationError(context.getNode(), `Tiles is '${String(value)}'`, {
    itemIndex,
    description: 'Write auto, crops, or the number of tiles a page is cut into at most.',
  });
}

/** A whole number above 0, or undefined. */
export function readCount(value: unknown): number | undefined {
  const count = Number(value ?? 0);
  return Number.isFinite(count) && count > 0 ? count : undefined;
}

/** Seconds as the whole milliseconds that the server takes. */
function readMilliseconds(value: unknown): number | undefined {
  const seconds = readCount(value);
  return seconds && Math.ceil(seconds * 1000);
}

function readText(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value; // one page may come from an expression as a number
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}

/** How the requests of a task are sent. */
export function sendOptions({ itemIndex, options, signal }: ItemTask): SendOptions {
  return { itemIndex, timeoutMs: options.timeoutMs, signal };
}

/** What every request about a document says. */
export function documentOptions({ model, options }: ItemTask): DocumentRequestOptions {
  const { pages, password, maxTokens, tiles, rotate, drafts, pageBudgetMs, documentBudgetMs } = options;
  return { model, pages, password, maxOutputTokens: maxTokens, tiles, rotate, drafts, pageBudgetMs, documentBudgetMs };
}

/** What reading and extracting say of blank pages: nothing where the server's default is wanted. */
export function blankOptions({ options }: ItemTask): Pick<DocumentRequestOptions, 'readBlank'> {
  return options.readBlank ? { readBlank: true } : {};
}

/**
 * The one document of an item whose pages are worked on by themselves, or the pictures that share one prompt.
 * Throws NodeOperationError for a document beside other files.
 */
export function chooseInput({
  context,
  itemIndex,
  files,
}: ItemTask): { readonly document: ItemFile } | { readonly images: readonly string[] } {
  const document = files.find(({ type }) => type === 'document');
  if (document === undefined) return { images: files.map(toDataUrl) };
  if (files.length === 1) return { document };
  throw new NodeOperationError(context.getNode(), `'${document.name}' cannot share a question with other files`, {
    itemIndex,
    description: 'A PDF, TIFF or HEIC is worked on page by page. Name one file in Input Data Field Name(s), or only images.',
  });
}
