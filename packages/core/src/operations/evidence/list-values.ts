import type { JsonSchema } from '../../json/copy-schema.ts';
import { isRecord } from '../../json/is-record.ts';
import { resolvePointer } from '../../json/outline-schema.ts';
import { writePath } from '../../json/structured-prompt.ts';
import { namesOf } from './label-words.ts';

/** A value of an extracted object that can stand on a page: no null, no true or false, no empty text. */
export interface ExtractedValue {
  readonly path: string;
  readonly keys: readonly (string | number)[];
  readonly value: string | number;
  /** What it is called, each as the words that a label may have. */
  readonly names: readonly (readonly string[])[];
  /** Whether the schema lists what it may be: its words may stand on the page in other ones. */
  readonly isListed: boolean;
  /** The list it belongs to, and its place in there; undefined outside of lists. */
  readonly entry: { readonly list: string; readonly index: number } | undefined;
}

/** The values of an object with what its schema says of them, in order. */
export function listValues(object: unknown, schema: JsonSchema): readonly ExtractedValue[] {
  const values: ExtractedValue[] = [];
  const visit = (value: unknown, node: unknown, keys: readonly (string | number)[]): void => {
    if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) visit(entry, schemaOf(schema, node, index), [...keys, index]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, entry] of Object.entries(value)) visit(entry, schemaOf(schema, node, key), [...keys, key]);
    } else if (typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')) {
      values.push({ path: writePath(keys), keys, value, names: namesOf(keys, textsOf(schema, node)), ...kindOf(schema, node, keys) });
    }
  };
  visit(object, schema, []);
  return values;
}

function kindOf(root: JsonSchema, node: unknown, keys: readonly (string | number)[]): Pick<ExtractedValue, 'isListed' | 'entry'> {
  const at = keys.findLastIndex((key) => typeof key === 'number');
  const isListed = partsOf(root, node).some((part) => Array.isArray(part.enum) || part.const !== undefined);
  return { isListed, entry: at === -1 ? undefined : { list: writePath(keys.slice(0, at)), index: keys[at] as number } };
}

const textsOf = (root: JsonSchema, node: unknown): readonly string[] =>
  partsOf(root, node).flatMap(({ title, description }) => [title, description].filter((text) => typeof text === 'string'));

/** The schema of a member or an entry; undefined where it says nothing of it. */
export function schemaOf(root: JsonSchema, node: unknown, key: string | number): unknown {
  for (const { properties, items, prefixItems } of partsOf(root, node)) {
    if (typeof key === 'number') {
      const own: unknown = Array.isArray(prefixItems) && key < prefixItems.length ? prefixItems[key] : items;
      if (own !== undefined) return own;
    } else if (isRecord(properties) && Object.hasOwn(properties, key)) return properties[key];
  }
  return undefined;
}

/** A schema and all that it is made of: what it refers to, and its branches. */
export function partsOf(root: JsonSchema, node: unknown): readonly JsonSchema[] {
  const parts = new Set<JsonSchema>();
  const add = (part: unknown): void => {
    if (!isRecord(part) || parts.has(part)) return;
    parts.add(part);
    if (typeof part.$ref === 'string') add(resolvePointer(root, part.$ref));
    for (const branches of [part.allOf, part.anyOf, part.oneOf]) if (Array.isArray(branches)) branches.forEach(add);
  };
  add(node);
  return [...parts];
}
