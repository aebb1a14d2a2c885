import { createHash } from 'node:crypto';
import { VisionError } from '@h2ovl/contract';

/** A JSON Schema object, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const maxSchemaBytes = 256 * 1024; // 200 properties with enums are 48 kB
const maxSchemaDepth = 64; // real schemas stay under 20
const hint = 'Give a JSON Schema as plain JSON data, split large ones, and use $defs for repeated parts.';

/**
 * A copy of a schema as plain data, so that later changes by its owner do not matter.
 * Throws `INVALID_ARGUMENT` when it is not an object of JSON data, is nested deeper than 64 levels (a cycle is), or is larger than 256 kB.
 */
export function copySchema(schema: unknown): JsonSchema {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    const what = schema === null ? 'null' : Array.isArray(schema) ? 'an array' : typeof schema;
    throw new VisionError('INVALID_ARGUMENT', `The schema is ${what}; it must be an object.`, { hint });
  }
  const budget = { bytesLeft: maxSchemaBytes };
  measure(schema, 1, budget);
  return JSON.parse(JSON.stringify(schema)) as JsonSchema; // it was an object above, and measure saw that it is data
}

function measure(value: unknown, depth: number, budget: { bytesLeft: number }): void {
  // Counted on the way, so that neither a cycle nor a huge string is ever written out. Every value takes at least a separator.
  budget.bytesLeft -= 1;
  if (typeof value === 'string') budget.bytesLeft -= Buffer.byteLength(value) + 2;
  else if (typeof value === 'number' && Number.isFinite(value)) budget.bytesLeft -= String(value).length;
  else if (typeof value === 'boolean' || value === null) budget.bytesLeft -= 4;
  else if (typeof value === 'object') measureContainer(value, depth, budget);
  else if (value !== undefined)
    throw new VisionError('INVALID_ARGUMENT', `The schema contains ${String(value)}, which is not JSON.`, { hint });
  if (budget.bytesLeft < 0) {
    throw new VisionError('INVALID_ARGUMENT', `The schema is larger than ${maxSchemaBytes / 1024} kB (${maxSchemaBytes} bytes).`, { hint });
  }
}

function measureContainer(value: object, depth: number, budget: { bytesLeft: number }): void {
  if (depth > maxSchemaDepth) {
    throw new VisionError('INVALID_ARGUMENT', `The schema is nested deeper than ${maxSchemaDepth} levels, or contains itself.`, { hint });
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `The schema contains a ${value.constructor?.name ?? 'value'} with toJSON, which is not JSON data.`,
      { hint },
    );
  }
  for (const [key, entry] of Object.entries(value)) {
    if (!Array.isArray(value)) budget.bytesLeft -= Buffer.byteLength(key) + 3;
    measure(entry, depth + 1, budget);
  }
  budget.bytesLeft -= 2;
}

const keys = new WeakMap<JsonSchema, string>();

/** The same for schemas that are written alike. */
export function schemaKey(schema: JsonSchema): string {
  let key = keys.get(schema);
  if (key === undefined) {
    key = createHash('sha256').update(JSON.stringify(schema)).digest('hex');
    keys.set(schema, key);
  }
  return key;
}
