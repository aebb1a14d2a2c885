import {
  documentLimits,
  draftChoices,
  fieldsToJsonSchema,
  findNearest,
  maxStopSequences,
  nameNow,
  type OperationName,
  type PresetName,
  presets,
  readFieldList,
  readSchema,
  VisionError,
} from '@h2ovl/contract';
import {
  type DocumentRequestOptions,
  type DocumentStreamRequest,
  documentOptionNames,
  takesOption,
  type WireOptionValues,
} from '@h2ovl/contract/wire';
import { z } from 'zod';
import { maxFileBytes } from '../../files/limits.ts';
import { rotateValue, tilesValue } from '../../page-options.ts';
import { describeIssues } from '../request-schema.ts';

const upTo = (most: number): z.ZodNumber => z.number().int().min(1).max(most);
const count = z.number().int().min(1);
const words = z.string().min(1).max(100_000); // far beyond the context of any model here

/** Longest list of pages, and longest text that names them. */
const maxPageWords = 10_000;

// Whether an option belongs to the operation is looked at before. Fields that are null have been dropped (they count as absent).
const options = z
  .object({
    model: z.string().min(1),
    pages: z.union([z.string().min(1).max(maxPageWords), z.array(z.number().int()).min(1).max(maxPageWords)]),
    dpi: z.number().min(10).max(2400),
    password: z.string().max(1000),
    max_bytes: upTo(maxFileBytes),
    max_pixels: upTo(documentLimits.maxPixels),
    max_pages: upTo(documentLimits.maxPages),
    max_memory_bytes: upTo(documentLimits.maxMemoryBytes),
    page_timeout_ms: upTo(documentLimits.pageTimeoutMs),
    document_timeout_ms: upTo(documentLimits.documentTimeoutMs),
    tiles: tilesValue,
    rotate: rotateValue,
    max_output_tokens: count,
    temperature: z.number().min(0).max(2),
    top_p: z.number().gt(0).max(1),
    top_k: count,
    seed: z.number().int(),
    repetition_penalty: z.number().gt(0).max(10),
    stop_sequences: z.array(z.string().min(1)).max(maxStopSequences),
    end_blank_runs: z.boolean(),
    end_loops: z.boolean(),
    drafts: z.enum(draftChoices),
    page_budget_ms: count,
    document_budget_ms: count,
    retry: z.boolean(),
    mode: z.enum(['auto', 'model', 'text', 'lines']),
    compare: z.boolean(),
    lines: z.boolean(),
    read_blank: z.boolean(),
    support: z.boolean(),
    evidence: z.boolean(),
    second_reading: z.boolean(),
    instruction: words,
    question: words,
    schema: z.record(z.string(), z.unknown()),
    fields: z.string().min(1).max(20_000),
    preset: z.enum(Object.keys(presets) as [PresetName, ...PresetName[]]),
    enforcement: z.enum(['decoding', 'after']),
    stream: z.boolean(),
    stream_options: z.strictObject({ include_progress: z.boolean().optional(), include_text: z.boolean().optional() }),
  })
  .partial();

/** A checked request. */
export interface ParsedDocumentRequest {
  readonly options: DocumentRequestOptions;
  /** Undefined when one answer at the end was asked for. */
  readonly stream: DocumentStreamRequest | undefined;
}

/**
 * Checks the options of a request for a document.
 * @throws VisionError INVALID_ARGUMENT with the option at fault as `param`
 */
export function parseDocumentOptions(operation: OperationName, given: WireOptionValues): ParsedDocumentRequest {
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  refuseUnknown(operation, present);
  const result = options.safeParse(present);
  if (!result.success) throw describeIssues(result.error.issues, present);
  const { stream, stream_options: wanted, ...values } = result.data;
  const named: Record<string, unknown> = {};
  for (const [name, wire] of Object.entries(documentOptionNames)) {
    const value = (values as WireOptionValues)[wire];
    if (value !== undefined) named[name] = value;
  }
  return {
    options: named as DocumentRequestOptions,
    stream: stream === true ? { includeProgress: wanted?.include_progress, includeText: wanted?.include_text } : undefined,
  };
}

/** No client of other servers calls here: what is not followed is a mistake, and refused. */
function refuseUnknown(operation: OperationName, given: WireOptionValues): void {
  const known = Object.entries(documentOptionNames);
  const taken = known.filter(([name]) => takesOption(operation, name as keyof DocumentRequestOptions)).map(([, wire]) => wire);
  const all = [...taken, 'stream', 'stream_options'];
  for (const name of Object.keys(given)) {
    if (all.includes(name)) continue;
    const shown = JSON.stringify(name.slice(0, 40));
    const now = nameNow(name);
    const near = known.some(([, wire]) => wire === name) ? undefined : findNearest(name, all);
    throw new VisionError('INVALID_ARGUMENT', `${operation} has no option ${shown}.`, {
      param: name.slice(0, 40),
      hint:
        now !== undefined
          ? `It is called ${now} now.`
          : near === undefined
            ? `Its options are ${all.join(', ')}.`
            : `Did you mean ${near}?`,
    });
  }
}

/**
 * The JSON Schema that a request for an extraction asks for, in one of the three ways of saying it.
 * @throws VisionError INVALID_ARGUMENT when none or several are there, or the one cannot be read
 */
export function chooseSchema({ schema, fields, preset }: DocumentRequestOptions): {
  readonly param: 'schema' | 'fields' | 'preset';
  readonly schema: Readonly<Record<string, unknown>>;
} {
  const given = (['schema', 'fields', 'preset'] as const).filter((name) => ({ schema, fields, preset })[name] !== undefined);
  const [param = 'schema'] = given;
  if (given.length !== 1) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `${given.length === 0 ? 'None' : 'Several'} of schema, fields and preset ${given.length === 0 ? 'is' : 'are'} there.`,
      {
        param,
        hint: 'Say in one of the three ways what to extract.',
      },
    );
  }
  if (preset !== undefined) return { param, schema: presets[preset] };
  try {
    if (fields !== undefined) return { param, schema: fieldsToJsonSchema(readFieldList(fields)) };
    return { param, schema: readSchema(schema)['~standard'].jsonSchema.input({ target: 'draft-2020-12' }) };
  } catch (error) {
    throw VisionError.isInstance(error) ? Object.assign(error, { param }) : error;
  }
}
