import type { ReadMode } from '../../document.ts';
import type { DocumentLimits, WorkBudgets } from '../../limits.ts';
import type { OperationName } from '../../operations.ts';
import type { ImageOptions, RotateChoice, SamplingOptions, SchemaEnforcement } from '../../options.ts';
import type { PresetName } from '../../presets/index.ts';

/** The same, each of which may be undefined. */
type Optional<O> = { readonly [K in keyof O]?: O[K] | undefined };

/** What an operation on a document may be told over HTTP, in the library's words. What belongs to another operation is left undefined. */
export interface DocumentRequestOptions extends Optional<SamplingOptions & ImageOptions>, DocumentLimits, WorkBudgets {
  readonly model?: string | undefined;
  readonly pages?: string | readonly number[] | undefined;
  readonly dpi?: number | undefined;
  readonly password?: string | undefined;
  /** `read` and `extract` */
  readonly retry?: boolean | undefined;
  readonly rotate?: RotateChoice | undefined;
  /** `read` */
  readonly mode?: ReadMode | undefined;
  /** `read` */
  readonly compare?: boolean | undefined;
  /** `read` */
  readonly lines?: boolean | undefined;
  /** `read` and `extract` */
  readonly instruction?: string | undefined;
  /** `read` and `extract` */
  readonly readBlank?: boolean | undefined;
  /** `ask` */
  readonly question?: string | undefined;
  /** `extract`: a JSON Schema, or names and types. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  /** `extract`: `company,date:date,total:number` */
  readonly fields?: string | undefined;
  /** `extract` */
  readonly preset?: PresetName | undefined;
  /** `extract` */
  readonly enforcement?: SchemaEnforcement | undefined;
  /** `read` and `extract` */
  readonly support?: boolean | undefined;
  /** `extract` */
  readonly evidence?: boolean | undefined;
  /** `extract` */
  readonly secondReading?: boolean | undefined;
}

/** The name of each option in a request: its own, in snake_case. A name that is forgotten does not compile. */
export const documentOptionNames: Readonly<Record<keyof DocumentRequestOptions, string>> = {
  model: 'model',
  pages: 'pages',
  dpi: 'dpi',
  password: 'password',
  maxBytes: 'max_bytes',
  maxPixels: 'max_pixels',
  maxPages: 'max_pages',
  maxMemoryBytes: 'max_memory_bytes',
  pageTimeoutMs: 'page_timeout_ms',
  documentTimeoutMs: 'document_timeout_ms',
  tiles: 'tiles',
  rotate: 'rotate',
  maxOutputTokens: 'max_output_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  repetitionPenalty: 'repetition_penalty',
  stopSequences: 'stop_sequences',
  endBlankRuns: 'end_blank_runs',
  endLoops: 'end_loops',
  drafts: 'drafts',
  pageBudgetMs: 'page_budget_ms',
  documentBudgetMs: 'document_budget_ms',
  retry: 'retry',
  mode: 'mode',
  compare: 'compare',
  lines: 'lines',
  instruction: 'instruction',
  readBlank: 'read_blank',
  question: 'question',
  schema: 'schema',
  fields: 'fields',
  preset: 'preset',
  enforcement: 'enforcement',
  support: 'support',
  evidence: 'evidence',
  secondReading: 'second_reading',
};

/** Options of one operation alone. */
const ownOptions: Readonly<Record<OperationName, readonly (keyof DocumentRequestOptions)[]>> = {
  read: ['mode', 'compare', 'lines', 'instruction', 'readBlank', 'retry', 'support'],
  ask: ['question'],
  extract: ['schema', 'fields', 'preset', 'instruction', 'enforcement', 'readBlank', 'retry', 'support', 'evidence', 'secondReading'],
};

/** What the options of a request are, as JSON carries them. */
export type WireOptionValues = Readonly<Record<string, unknown>>;

/** Whether an operation takes an option. */
export function takesOption(operation: OperationName, name: keyof DocumentRequestOptions): boolean {
  const isOwn = Object.values(ownOptions).some((names) => names.includes(name));
  return !isOwn || ownOptions[operation].includes(name);
}

/** What a stream is asked for; absent for one answer at the end. */
export interface DocumentStreamRequest {
  readonly includeProgress?: boolean | undefined;
  readonly includeText?: boolean | undefined;
}

/**
 * The options of a request, without its document: with `document: { data, name }` beside them they are a JSON body, and `writeFormFields` makes them the
 * fields of a form. Options that are undefined are left out: the server's defaults hold.
 */
export function buildDocumentOptions(options: DocumentRequestOptions, stream?: DocumentStreamRequest): WireOptionValues {
  const values: Record<string, unknown> = {};
  for (const [name, wire] of Object.entries(documentOptionNames)) {
    const value = options[name as keyof DocumentRequestOptions];
    if (value !== undefined) values[wire] = value;
  }
  if (stream === undefined) return values;
  return {
    ...values,
    stream: true,
    stream_options: { include_progress: stream.includeProgress === true, include_text: stream.includeText === true },
  };
}
