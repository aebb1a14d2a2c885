/** One way in which a value does not fit, with the keys that lead to it. */
export interface JsonSchemaIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Schema = Readonly<Record<string, unknown>>;

const maxDepth = 200; // also ends a $ref that points at itself

/** Checks a JSON value against the structural keywords of JSON Schema (2020-12 and draft 7). Keywords not known here are left to the server, which knows them all. */
export function checkJsonSchema(schema: Schema, value: unknown): readonly JsonSchemaIssue[] {
  return new Checker(schema).check(schema, value, []);
}

class Checker {
  readonly #root: Schema;
  #depth = 0;

  constructor(root: Schema) {
    this.#root = root;
  }

  check(schema: unknown, value: unknown, path: readonly (string | number)[]): readonly JsonSchemaIssue[] {
    if (schema === false) return [{ path, message: 'is not allowed' }];
    if (!isRecord(schema)) return [];
    if (this.#depth >= maxDepth) return [{ path, message: `nests more than ${maxDepth} schemas` }];
    this.#depth += 1;
    try {
      const issues = [...checkType(schema, value, path), ...checkValue(schema, value, path), ...this.#checkCombined(schema, value, path)];
      if (isRecord(value)) issues.push(...this.#checkObject(schema, value, path));
      if (Array.isArray(value)) issues.push(...this.#checkArray(schema, value, path));
      return issues;
    } finally {
      this.#depth -= 1;
    }
  }

  #checkCombined(schema: Schema, value: unknown, path: readonly (string | number)[]): readonly JsonSchemaIssue[] {
    const issues: JsonSchemaIssue[] = [];
    const fits = (part: unknown): boolean => this.check(part, value, path).length === 0;
    if (typeof schema.$ref === 'string') issues.push(...this.check(this.#resolve(schema.$ref), value, path));
    for (const part of toList(schema.allOf)) issues.push(...this.check(part, value, path));
    if (Array.isArray(schema.anyOf) && !schema.anyOf.some(fits)) issues.push({ path, message: 'fits none of the choices' });
    if (Array.isArray(schema.oneOf)) {
      const count = schema.oneOf.filter(fits).length;
      if (count !== 1) issues.push({ path, message: `fits ${count} of the choices; it must fit exactly one` });
    }
    if (schema.not !== undefined && fits(schema.not)) issues.push({ path, message: 'has a form that is ruled out' });
    return issues;
  }

  #checkObject(schema: Schema, value: Schema, path: readonly (string | number)[]): readonly JsonSchemaIssue[] {
    const issues: JsonSchemaIssue[] = [];
    const properties = isRecord(schema.properties) ? schema.properties : {};
    for (const key of toList(schema.required)) {
      if (typeof key === 'string' && !Object.hasOwn(value, key)) issues.push({ path: [...path, key], message: 'is missing' });
    }
    for (const [key, item] of Object.entries(value)) {
      if (Object.hasOwn(properties, key)) issues.push(...this.check(properties[key], item, [...path, key]));
      // With patternProperties the rest cannot be told from here.
      else if (schema.patternProperties === undefined) issues.push(...this.check(schema.additionalProperties, item, [...path, key]));
    }
    return issues;
  }

  #checkArray(schema: Schema, value: readonly unknown[], path: readonly (string | number)[]): readonly JsonSchemaIssue[] {
    // A list of schemas is `prefixItems` in 2020-12 and `items` (with `additionalItems`) in draft 7.
    const prefix = toList(schema.prefixItems ?? schema.items);
    const rest = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
    return value.flatMap((item, index) => this.check(index < prefix.length ? prefix[index] : rest, item, [...path, index]));
  }

  /** The schema at a local pointer; one that leads elsewhere allows anything here. */
  #resolve(reference: string): unknown {
    if (!reference.startsWith('#')) return true;
    let at: unknown = this.#root;
    for (const step of reference.slice(1).split('/').slice(1)) {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      at = isRecord(at) || Array.isArray(at) ? (at as Schema)[key] : undefined;
    }
    return at;
  }
}

function checkType(schema: Schema, value: unknown, path: readonly (string | number)[]): readonly JsonSchemaIssue[] {
  const types = typeof schema.type === 'string' ? [schema.type] : toList(schema.type);
  if (types.length === 0 || types.some((type) => isOfType(value, type))) return [];
  return [{ path, message: `is ${nameType(value)}; it must be ${types.join(' or ')}` }];
}

function checkValue(schema: Schema, value: unknown, path: readonly (string | number)[]): readonly JsonSchemaIssue[] {
  const issues: JsonSchemaIssue[] = [];
  const text = JSON.stringify(value);
  if (Array.isArray(schema.enum) && !schema.enum.some((choice) => JSON.stringify(choice) === text)) {
    issues.push({ path, message: `is none of ${JSON.stringify(schema.enum)}` });
  }
  if (schema.const !== undefined && JSON.stringify(schema.const) !== text)
    issues.push({ path, message: `is not ${JSON.stringify(schema.const)}` });
  if (typeof value === 'number') issues.push(...checkBounds(schema, value, path, '', 'imum'));
  if (typeof value === 'string') {
    issues.push(...checkBounds(schema, [...value].length, path, 'length ', 'Length'));
    if (typeof schema.pattern === 'string' && !matches(schema.pattern, value))
      issues.push({ path, message: `does not match ${schema.pattern}` });
  }
  if (Array.isArray(value)) issues.push(...checkBounds(schema, value.length, path, 'number of items ', 'Items'));
  return issues;
}

function checkBounds(
  schema: Schema,
  size: number,
  path: readonly (string | number)[],
  what: string,
  suffix: string,
): readonly JsonSchemaIssue[] {
  const issues: JsonSchemaIssue[] = [];
  const check = (keyword: string, isBroken: (bound: number) => boolean, word: string): void => {
    const bound = schema[keyword];
    if (typeof bound === 'number' && isBroken(bound)) issues.push({ path, message: `${what}is ${size}; it must be ${word} ${bound}` });
  };
  check(`min${suffix}`, (bound) => size < bound, 'at least');
  check(`max${suffix}`, (bound) => size > bound, 'at most');
  if (suffix === 'imum') {
    check('exclusiveMinimum', (bound) => size <= bound, 'above');
    check('exclusiveMaximum', (bound) => size >= bound, 'below');
  }
  return issues;
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true; // not a pattern of this language: the server's to judge
  }
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'number') return typeof value === 'number';
  return nameType(value) === type;
}

function nameType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
