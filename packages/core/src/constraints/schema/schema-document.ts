import { refuse } from './refusals.ts';

/** A place in a schema: a number that stands for it, and what is there. */
export interface SchemaNode {
  readonly id: number;
  /** `true` allows anything, `false` nothing. */
  readonly schema: Readonly<Record<string, unknown>> | boolean;
  readonly pointer: string;
  /** The address that relative references here start from. */
  readonly base: string;
}

/** Keywords whose value is a schema, a list of schemas, or a record of schemas. */
const holdsOne = new Set(['additionalProperties', 'items', 'propertyNames', 'not', 'if', 'then', 'else', 'contains', 'contentSchema']);
const alsoHoldsOne = ['unevaluatedItems', 'unevaluatedProperties', 'additionalItems'];
for (const keyword of alsoHoldsOne) holdsOne.add(keyword);
const holdsList = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const holdsRecord = new Set(['$defs', 'definitions', 'properties', 'patternProperties', 'dependentSchemas', 'dependencies']);

const rootBase = 'schema:/root';

/** A schema with its references resolved within itself. Nothing is ever fetched. */
export class SchemaDocument {
  readonly root: SchemaNode;
  readonly #nodes = new Map<object, SchemaNode>();
  readonly #byAddress = new Map<string, SchemaNode>();
  #nextId = 2; // 0 and 1 are the two boolean schemas

  constructor(schema: Readonly<Record<string, unknown>> | boolean) {
    this.root = this.#index(schema, '#', rootBase);
    if (typeof schema === 'object') this.#byAddress.set(rootBase, this.root);
  }

  /** The node of a schema that stands somewhere in the document, seen from its parent. */
  node(schema: unknown, parent: SchemaNode, path: string): SchemaNode {
    const pointer = `${parent.pointer}/${path}`;
    if (typeof schema === 'boolean') return { id: schema ? 1 : 0, schema, pointer, base: parent.base };
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
      return refuse(pointer, undefined, `is ${JSON.stringify(schema)?.slice(0, 40)}, which is no schema`);
    }
    return this.#nodes.get(schema) ?? this.#add(schema as Record<string, unknown>, pointer, parent.base);
  }

  /** A schema that this library made: it stands for a part of another, such as one value of an enum. */
  madeNode(schema: Readonly<Record<string, unknown>>, parent: SchemaNode): SchemaNode {
    return this.#add(schema, parent.pointer, parent.base);
  }

  /** Where a `$ref` leads. */
  resolve(ref: unknown, from: SchemaNode): SchemaNode {
    if (typeof ref !== 'string') return refuse(from.pointer, '$ref', 'is not a text');
    const address = resolveAddress(ref, from.base);
    if (address === undefined) return refuse(from.pointer, '$ref', `is "${ref}", which is no address`);
    const [base = '', fragment = ''] = address.split('#', 2);
    const exact = fragment === '' ? this.#byAddress.get(base) : this.#byAddress.get(address);
    if (exact !== undefined) return exact;
    const resource = this.#byAddress.get(base);
    const target = resource === undefined || (fragment !== '' && !fragment.startsWith('/')) ? undefined : this.#follow(resource, fragment);
    return target ?? refuse(from.pointer, '$ref', `leads to "${ref}", which is not in the schema; nothing is fetched`);
  }

  #follow(resource: SchemaNode, fragment: string): SchemaNode | undefined {
    let value: unknown = resource.schema;
    let base = resource.base;
    for (const segment of fragment.split('/').slice(1)) {
      const key = decodeSegment(segment).replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
      base = this.#nodes.get(value as object)?.base ?? base;
    }
    return this.node(value, { ...resource, base }, fragment.slice(1));
  }

  #add(schema: Record<string, unknown>, pointer: string, base: string): SchemaNode {
    const node: SchemaNode = { id: this.#nextId, schema, pointer, base };
    this.#nextId += 1;
    this.#nodes.set(schema, node);
    return node;
  }

  /** Walks the places where schemas stand, and there alone: an `$id` inside an enum names nothing. */
  #index(schema: unknown, pointer: string, outer: string): SchemaNode {
    if (typeof schema === 'boolean') return { id: schema ? 1 : 0, schema, pointer, base: outer };
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return refuse(pointer, undefined, 'is no schema');
    const record = schema as Record<string, unknown>;
    const own = typeof record.$id === 'string' ? resolveAddress(record.$id, outer)?.split('#', 1)[0] : undefined;
    const base = own ?? outer;
    const node = this.#add(record, pointer, base);
    if (own !== undefined) this.#byAddress.set(own, node);
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      if (typeof record[keyword] === 'string') this.#byAddress.set(`${base}#${record[keyword]}`, node);
    }
    for (const [keyword, value] of Object.entries(record)) this.#indexKeyword(keyword, value, `${pointer}/${keyword}`, base);
    return node;
  }

  #indexKeyword(keyword: string, value: unknown, pointer: string, base: string): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      if (!holdsList.has(keyword)) return;
      for (const [index, entry] of value.entries()) this.#indexEntry(entry, `${pointer}/${index}`, base);
    } else if (holdsOne.has(keyword)) {
      this.#indexEntry(value, pointer, base);
    } else if (holdsRecord.has(keyword)) {
      for (const [name, entry] of Object.entries(value)) this.#indexEntry(entry, `${pointer}/${escapeSegment(name)}`, base);
    }
  }

  #indexEntry(entry: unknown, pointer: string, base: string): void {
    if (typeof entry === 'object' && entry !== null && !Array.isArray(entry) && !this.#nodes.has(entry)) this.#index(entry, pointer, base);
  }
}

export function escapeSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a lone % stands for itself
  }
}

/** Undefined when the two make no address. */
function resolveAddress(reference: string, base: string): string | undefined {
  if (reference.startsWith('#')) return `${base.split('#', 1)[0]}${reference}`;
  try {
    return new URL(reference, base).href;
  } catch {
    return undefined;
  }
}
