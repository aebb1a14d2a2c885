import type { Schema } from './read-schema.ts';

/**
 * How a value misses its schema, one sentence per place; empty when it fits.
 * The server checks every rule before it answers. This looks again at the rules whose breach breaks a workflow
 * (`type`, `required`, `enum`, `additionalProperties`, `items`), in case something else answers at that address.
 */
export function checkValue(value: unknown, schema: Schema, path: string = ''): readonly string[] {
  const label = path === '' ? 'answer' : path;
  const types = readTypes(schema.type);
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return [`${label}: is ${nameType(value)}, not ${types.join(' or ')}`];
  if (Array.isArray(schema.enum) && !schema.enum.some((allowed) => allowed === value)) {
    return [`${label}: is none of ${schema.enum.map((allowed) => JSON.stringify(allowed)).join(', ')}`];
  }
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    return items === undefined ? [] : value.flatMap((entry, index) => checkValue(entry, items, `${path}[${index}]`));
  }
  return isObject(value) ? checkObject(value, schema, path) : [];
}

function checkObject(value: Readonly<Record<string, unknown>>, schema: Schema, path: string): readonly string[] {
  const properties = asSchema(schema.properties) ?? {};
  const join = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.filter((key) => typeof key === 'string' && !Object.hasOwn(value, key)).map((key) => `${join(key)}: is missing`);
  const rest = Object.entries(value).flatMap(([key, entry]) => {
    const property = Object.hasOwn(properties, key) ? asSchema(properties[key]) : undefined;
    if (property !== undefined) return checkValue(entry, property, join(key));
    return schema.additionalProperties === false && !Object.hasOwn(properties, key) ? [`${join(key)}: was not asked for`] : [];
  });
  return [...missing, ...rest];
}

function readTypes(type: unknown): readonly string[] {
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.filter((entry) => typeof entry === 'string') : [];
}

function isOfType(value: unknown, type: string): boolean {
  const name = nameType(value);
  if (type === 'integer') return Number.isInteger(value);
  return name === type;
}

function nameType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asSchema(value: unknown): Schema | undefined {
  return isObject(value) ? value : undefined;
}
