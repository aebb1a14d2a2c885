import type { OutputIssue } from '@h2ovl/contract';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { JsonSchema } from './copy-schema.ts';
import { invalidSchema } from './invalid-schema.ts';

const maxIssues = 20;
const maxPatterns = 500; // each takes up to a millisecond to make ready, and real schemas have some dozens
const maxOneOf = 500; // the time grows with the square

const options: Options = {
  strict: false, // unknown keywords are annotations, as JSON Schema says
  allErrors: true, // the model is told all of them at once
  inlineRefs: false, // many references to one large part would otherwise be written out in full each
  code: { optimize: false }, // a tidier checker takes two to ten times as long to make, and is used for some answers
  logger: false, // a library does not print
  validateSchema: false, // `checkSchema` did it, with an instance that has its meta-schema compiled
};

type Draft = '2020-12' | '2019-09' | 'draft-07';

/** One for each draft, for as long as the thread lives. */
const metaCheckers = new Map<Draft, Ajv>();

/**
 * Whether a schema is a valid one, as its draft's own schema says: quick, whatever the schema is. References and patterns are looked at by whoever uses them.
 * @throws VisionError `INVALID_ARGUMENT` with Ajv's sentence
 */
export function checkSchema(schema: JsonSchema): void {
  if (schema.$async === true) throw invalidSchema('$async is true; only schemas that are checked at once are supported.');
  explain(() => {
    const { draft, source } = chooseDraft(schema);
    const meta = metaCheckers.get(draft) ?? makeAjv(draft);
    metaCheckers.set(draft, meta);
    void meta.validateSchema(source, true); // it throws
  });
}

/**
 * A checker for a schema (draft 2020-12 unless `$schema` names 2019-09, draft-07 or draft-06). Nothing is fetched: a `$ref` must lead to a part of the schema.
 * It returns what is wrong with a value, at most 20 issues. Making one may take seconds, and so may a check whose `pattern` backtracks:
 * `schema-thread` does both in a thread of its own, with limits of processor time.
 *
 * @throws VisionError `INVALID_ARGUMENT` with Ajv's sentence for a schema that is not valid; from the check, when the schema recurses without end
 */
export function makeChecker(schema: JsonSchema): (value: unknown) => readonly OutputIssue[] {
  checkSchema(schema);
  const { patterns, longestOneOf } = measureParts(schema, { patterns: 0, longestOneOf: 0 });
  if (patterns > maxPatterns) throw invalidSchema(`It has ${patterns} patterns; at most ${maxPatterns} can be checked.`);
  if (longestOneOf > maxOneOf) throw invalidSchema(`It has a oneOf of ${longestOneOf} parts; at most ${maxOneOf} can be checked.`);
  const check = explain(() => compile(schema));
  return (value) => {
    const isValid = explain(() => check(value));
    return isValid ? [] : (check.errors ?? []).slice(0, maxIssues).map((error) => toIssue(error, value));
  };
}

/**
 * What takes Ajv long to make ready: it compiles each regular expression, and writes the parts of a `oneOf` one inside the other.
 * What an enum or a default holds is counted too, which is rare.
 */
function measureParts(value: unknown, sum: { patterns: number; longestOneOf: number }): typeof sum {
  if (typeof value !== 'object' || value === null) return sum;
  for (const [key, entry] of Object.entries(value)) {
    if (key === 'pattern' && typeof entry === 'string') sum.patterns += 1;
    if (key === 'patternProperties' && typeof entry === 'object' && entry !== null) sum.patterns += Object.keys(entry).length;
    if (key === 'oneOf' && Array.isArray(entry)) sum.longestOneOf = Math.max(sum.longestOneOf, entry.length);
    measureParts(entry, sum);
  }
  return sum;
}

function compile(schema: JsonSchema): ValidateFunction {
  const { draft, source } = chooseDraft(schema);
  const ajv = makeAjv(draft);
  addFormats(ajv);
  return ajv.compile(source);
}

function makeAjv(draft: Draft): Ajv {
  return draft === '2020-12' ? new Ajv2020(options) : draft === '2019-09' ? new Ajv2019(options) : new Ajv(options);
}

function chooseDraft(schema: JsonSchema): { readonly draft: Draft; readonly source: JsonSchema } {
  const { $schema: draft = '/2020-12/', ...rest } = schema;
  const named = typeof draft === 'string' ? /\/(2020-12|2019-09|draft-0[67])\//.exec(draft)?.[1] : undefined;
  if (named === undefined) {
    const known = 'https://json-schema.org/draft/2020-12/schema, the same with 2019-09, or http://json-schema.org/draft-07/schema';
    throw new Error(`$schema is ${JSON.stringify(draft).slice(0, 100)}; known are ${known}.`);
  }
  // draft-06 is read as 07, which only adds keywords
  return { draft: named === '2020-12' || named === '2019-09' ? named : 'draft-07', source: dropUnusedName(rest) };
}

/** Without the address that a schema gives itself, when nothing in it refers to it: Ajv reads addresses by stricter rules than people write them. */
function dropUnusedName(schema: JsonSchema): JsonSchema {
  const { $id, ...unnamed } = schema;
  if ($id === undefined) return schema;
  if (typeof $id !== 'string') throw new Error(`$id is ${JSON.stringify($id).slice(0, 100)}; it must be a string.`);
  return refersToAddress(unnamed) ? schema : unnamed;
}

/** Whether a reference leads to an address, and not just to a place in the schema itself. */
function refersToAddress(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, entry]) => {
    const isReference = /^\$(dynamicRef|recursiveRef|ref)$/.test(key) && typeof entry === 'string';
    return isReference ? !entry.startsWith('#') : refersToAddress(entry);
  });
}

function addFormats(ajv: Ajv): void {
  // The package is CommonJS with a `default` export: its types say module, its value at run time is the function.
  const add = (ajvFormats as unknown as { readonly default?: (ajv: Ajv) => void }).default;
  (add ?? (ajvFormats as unknown as (ajv: Ajv) => void))(ajv);
}

function explain<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) throw invalidSchema(`It refers to itself without end (${error.message}).`, error);
    throw invalidSchema(error instanceof Error ? error.message : String(error), error);
  }
}

function toIssue(error: ErrorObject, value: unknown): OutputIssue {
  const path = readPointer(error.instancePath, value);
  const params = error.params as { missingProperty?: unknown; additionalProperty?: unknown; unevaluatedProperty?: unknown };
  const property = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const message = error.message ?? `does not fit "${error.keyword}"`;
  const allowed = (error.params as { allowedValues?: unknown }).allowedValues;
  return {
    path: typeof property === 'string' ? [...path, property] : path,
    message: Array.isArray(allowed) ? `${message}: ${allowed.map((entry) => JSON.stringify(entry)).join(', ')}` : message,
  };
}

/** '/items/0/price' -> ['items', 0, 'price']; only the value can tell an index from a key that looks like one. */
function readPointer(pointer: string, value: unknown): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let container = value;
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(container) ? Number(key) : key);
    container = (container as Record<string, unknown> | null | undefined)?.[key];
  }
  return path;
}
