import { VisionError } from '@h2ovl/contract';
import type { JsonSchema } from './copy-schema.ts';
import { isRecord } from './is-record.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A schema as a model can be shown it. */
export interface SchemaOutline {
  /** An empty example: "" for text, 0 for numbers, false, null, one entry per array, every property in the schema's order. */
  readonly skeleton: JsonValue;
  /** What the example cannot show, one line per field: allowed values, formats, descriptions. */
  readonly notes: readonly string[];
  readonly allowsNull: boolean;
}

const maxParts = 1000; // more is no prompt any more; it also ends references that multiply
const maxNoteLength = 200;
const formatPatterns: Readonly<Record<string, string>> = { date: 'YYYY-MM-DD', time: 'HH:MM:SSZ', 'date-time': 'YYYY-MM-DDTHH:MM:SSZ' };

/** The empty example of a schema, and what it cannot show. Throws `INVALID_ARGUMENT` when it has more than 1,000 parts, repeated ones counted each time. */
export function outlineSchema(schema: JsonSchema): SchemaOutline {
  const walk: Walk = { root: schema, notes: [], partsLeft: maxParts, allowsNull: false };
  const skeleton = outlineNode(walk, { node: schema, path: '', openRefs: [] });
  return { skeleton, notes: walk.notes, allowsNull: walk.allowsNull };
}

interface Walk {
  readonly root: JsonSchema;
  readonly notes: string[];
  partsLeft: number;
  allowsNull: boolean;
}

interface Place {
  readonly node: unknown;
  /** As in `items[].price`. */
  readonly path: string;
  /** References being followed on the way here; meeting one again is recursion. */
  readonly openRefs: readonly string[];
}

function outlineNode(walk: Walk, place: Place): JsonValue {
  const flat = flatten(walk, place);
  if (flat === undefined) return null;
  const { schema } = flat;
  addNote(walk, place.path, schema);
  if (schema.const !== undefined) return schema.const as JsonValue; // schemas are JSON data
  switch (typeOf(flat)) {
    case 'object':
      return outlineProperties(walk, flat, place.path);
    case 'array':
      return outlineItems(walk, flat, place.path);
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return '';
  }
}

function outlineProperties(walk: Walk, { properties }: FlatSchema, path: string): JsonValue {
  const entries = [...properties].map(([name, place]) => {
    return [name, outlineNode(walk, { ...place, path: path === '' ? name : `${path}.${name}` })] as const;
  });
  return Object.fromEntries(entries);
}

function outlineItems(walk: Walk, { schema, openRefs }: FlatSchema, path: string): JsonValue {
  const { items, prefixItems } = schema;
  if (Array.isArray(prefixItems)) return prefixItems.map((node, index) => outlineNode(walk, { node, path: `${path}[${index}]`, openRefs }));
  const isRecursive = isRecord(items) && openRefs.includes(String(items.$ref));
  return isRecord(items) && !isRecursive ? [outlineNode(walk, { node: items, path: `${path}[]`, openRefs })] : [];
}

/** A schema without references and branches. */
interface FlatSchema {
  readonly schema: JsonSchema;
  /** Each with the references open where it was written: what came by another branch is no recursion. */
  readonly properties: ReadonlyMap<string, Omit<Place, 'path'>>;
  readonly openRefs: readonly string[];
}

/** Follows references, joins `allOf`, and takes the first branch that is not null of `anyOf` and `oneOf`. Undefined at a recursion. */
function flatten(walk: Walk, { node, openRefs }: Omit<Place, 'path'>): FlatSchema | undefined {
  walk.partsLeft -= 1;
  if (walk.partsLeft < 0) {
    throw new VisionError('INVALID_ARGUMENT', `The schema has more than ${maxParts} parts, repeated ones counted each time.`, {
      hint: 'Ask for fewer fields at once, in several questions.',
    });
  }
  if (!isRecord(node)) return { schema: {}, properties: new Map(), openRefs };
  const { $ref, allOf, anyOf, oneOf, ...own } = node;
  const parts: FlatSchema[] = [];
  if (typeof $ref === 'string') {
    const target = openRefs.includes($ref)
      ? undefined
      : flatten(walk, { node: resolvePointer(walk.root, $ref), openRefs: [...openRefs, $ref] });
    if (target === undefined) return undefined;
    parts.push(target);
  }
  const branches = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  const branch = branches.find((candidate) => !isNullSchema(candidate));
  for (const part of [...(Array.isArray(allOf) ? allOf : []), ...(branch === undefined ? [] : [branch])]) {
    const flat = flatten(walk, { node: part, openRefs });
    if (flat !== undefined) parts.push(flat);
  }
  if (branches.some(isNullSchema) || (Array.isArray(own.type) && own.type.length > 1 && own.type.includes('null'))) walk.allowsNull = true;
  const ownProperties = Object.entries(isRecord(own.properties) ? own.properties : {});
  return {
    schema: Object.assign({}, ...parts.map(({ schema }) => schema), own), // what stands beside a reference goes before it
    properties: new Map([
      ...parts.flatMap(({ properties }) => [...properties]),
      ...ownProperties.map(([name, of]) => [name, { node: of, openRefs }] as const),
    ]),
    openRefs: [...new Set([...openRefs, ...parts.flatMap((part) => part.openRefs)])],
  };
}

/** The part of a schema that a reference leads to; undefined where it leads nowhere. */
export function resolvePointer(root: JsonSchema, ref: string): unknown {
  if (ref !== '#' && !ref.startsWith('#/')) return undefined; // by $id or $anchor: the checker knows it, an example need not
  let node: unknown = root;
  for (const segment of ref.slice(1).split('/').slice(1)) {
    const key = decodeSegment(segment).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Record<string, unknown>)[key];
  }
  return node;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a lone % stands for itself
  }
}

function typeOf({ schema, properties }: FlatSchema): unknown {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((name) => name !== 'null') ?? 'null';
  if (type !== undefined) return type;
  if (properties.size > 0) return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array';
  const example = Array.isArray(schema.enum) ? schema.enum.find((value) => value !== null) : undefined;
  return typeof example === 'number' || typeof example === 'boolean' ? typeof example : undefined;
}

function addNote(walk: Walk, path: string, schema: JsonSchema): void {
  if (path === '') return; // what the whole is, the question says
  const facts: string[] = [];
  if (typeof schema.description === 'string' && schema.description.trim() !== '') facts.push(schema.description.trim());
  if (Array.isArray(schema.enum)) facts.push(`one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`);
  if (typeof schema.format === 'string') facts.push(`format ${formatPatterns[schema.format] ?? schema.format}`);
  if (facts.length === 0) return;
  const line = facts.join('; ').replace(/\s+/g, ' ').trim();
  walk.notes.push(`${path}: ${line.length > maxNoteLength ? `${line.slice(0, maxNoteLength - 1)}…` : line}`);
}

function isNullSchema(node: unknown): boolean {
  return isRecord(node) && (node.type === 'null' || node.const === null);
}
