import type { SchemaRefusal } from './refusals.ts';
import type { SchemaNode } from './schema-document.ts';

/** Keywords that say something about values and are not enforced, each with what can be done instead. */
const unsupported: Readonly<Record<string, string>> = {
  not: 'cannot be enforced while decoding',
  if: 'cannot be enforced while decoding',
  contains: 'cannot be enforced while decoding',
  dependentRequired: 'cannot be enforced while decoding',
  dependentSchemas: 'cannot be enforced while decoding',
  dependencies: 'cannot be enforced while decoding',
  unevaluatedProperties: 'cannot be enforced while decoding; additionalProperties can',
  unevaluatedItems: 'cannot be enforced while decoding; items after prefixItems can',
  $dynamicRef: 'cannot be enforced while decoding; $ref can',
  $recursiveRef: 'cannot be enforced while decoding; $ref can',
};

/** Formats of JSON Schema that are neither enforced nor ignored. Any other name is an annotation, as `format` values beyond the standard are. */
const unsupportedFormats = new Set([
  'duration',
  'hostname',
  'idn-email',
  'idn-hostname',
  'iri',
  'iri-reference',
  'json-pointer',
  'regex',
  'relative-json-pointer',
  'uri-reference',
  'uri-template',
]);

const knownDialects = /^https?:\/\/json-schema\.org\/(?:draft\/(?:2020-12|2019-09)|draft-0[4-7])\/schema#?$/;

/** What of one schema, its parts left out, cannot be enforced. */
export function findUnsupported({ schema, pointer }: SchemaNode, formats: 'assert' | 'annotate'): readonly SchemaRefusal[] {
  if (typeof schema === 'boolean') return [];
  const refusals: SchemaRefusal[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const reason = unsupported[keyword];
    if (reason !== undefined && !isWithoutEffect(keyword, value)) refusals.push({ keyword, pointer, reason });
  }
  const { format, $schema } = schema;
  if ($schema !== undefined && !knownDialects.test(String($schema))) {
    refusals.push({ keyword: '$schema', pointer, reason: `names "${String($schema)}", a dialect that this library does not know` });
  }
  if (formats === 'assert' && typeof format === 'string' && unsupportedFormats.has(format) && mayBeText(schema)) {
    refusals.push({ keyword: 'format', pointer, reason: `is "${format}", which cannot be enforced while decoding` });
  }
  return refusals;
}

/** `unevaluatedProperties: true` limits nothing, and neither do requirements of an empty record. */
function isWithoutEffect(keyword: string, value: unknown): boolean {
  if (keyword.startsWith('unevaluated')) return value === true;
  return keyword.startsWith('depend') && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function mayBeText({ type }: Readonly<Record<string, unknown>>): boolean {
  return type === undefined || type === 'string' || (Array.isArray(type) && type.includes('string'));
}
