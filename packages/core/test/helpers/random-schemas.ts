type Schema = Record<string, unknown>;

/** Schemas of all supported keywords, nested and combined at random; some of them allow no value. */
export function randomSchema(random: () => number): Schema {
  const maker: Maker = { random, pick: (list) => list[Math.floor(random() * list.length)] as (typeof list)[number] };
  const schema = anySchema(maker, 3);
  return random() < 0.4
    ? { ...schema, $defs: { part: objectSchema(maker, 2), tree: treeSchema(maker) } }
    : { ...schema, $defs: { part: { type: 'string' }, tree: treeSchema(maker) } };
}

interface Maker {
  readonly random: () => number;
  readonly pick: <T>(list: readonly T[]) => T;
}

const patterns = ['^[A-Z]{2}[0-9]{2,4}$', 'a+b', '^(?:x|yy)*$', '^[^"\\\\]+$', '\\d$', '^$|^-', '^[äöü]+$', '^\\S+ \\S+$'];
const formats = ['date', 'time', 'date-time', 'email', 'uri', 'uuid', 'ipv4', 'ipv6'];
const names = ['a', 'ab', 'total', 'b"q', 'größe', 'x\\y', '', 'line\nend', 'a b', 'c'];
const values = ['', 'a', 'ab', 'EUR', 'say "hi"', 'tab\t', 'ü', '漢字', '\u0001', 0, -1, 12.5, 1e21, true, false, null];

function anySchema(maker: Maker, depth: number): Schema {
  const { random, pick } = maker;
  const scalars = [stringSchema, numberSchema, enumSchema, typesSchema];
  const nested = [arraySchema, objectSchema, objectSchema, anyOfSchema, allOfSchema, refSchema, oneOfSchema];
  const make = depth <= 0 || random() < 0.3 ? pick(scalars) : pick(nested);
  return make(maker, depth);
}

function stringSchema({ random, pick }: Maker): Schema {
  const min = Math.floor(random() * 4);
  return {
    type: 'string',
    ...(random() < 0.3 && { minLength: min }),
    ...(random() < 0.4 && { maxLength: min + Math.floor(random() * 12) }),
    ...(random() < 0.3 && { pattern: pick(patterns) }),
    ...(random() < 0.2 && { format: pick(formats) }),
  };
}

function numberSchema({ random, pick }: Maker): Schema {
  const low = Math.round((random() * 400 - 200) * 100) / 100;
  return {
    type: pick(['number', 'integer']),
    ...(random() < 0.4 && { [pick(['minimum', 'exclusiveMinimum'])]: low }),
    ...(random() < 0.4 && { [pick(['maximum', 'exclusiveMaximum'])]: low + Math.round(random() * 300) }),
    ...(random() < 0.3 && { multipleOf: pick([1, 10, 0.01, 0.5, 3, 25, 0.1]) }),
  };
}

function enumSchema({ random, pick }: Maker): Schema {
  if (random() < 0.3) return { const: pick<unknown>([...values, { a: 1, b: ['x', null] }, []]) };
  return { enum: Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick<unknown>([...values, [1, 'two'], { k: 'v' }])) };
}

function typesSchema({ pick }: Maker): Schema {
  return pick<Schema>([
    { type: 'boolean' },
    { type: ['string', 'null'], maxLength: 5 },
    { type: ['integer', 'boolean'] },
    { type: 'null' },
    {},
  ]);
}

function arraySchema(maker: Maker, depth: number): Schema {
  const { random, pick } = maker;
  const min = Math.floor(random() * 3);
  if (random() < 0.1)
    return {
      type: 'array',
      items: {
        enum: pick<unknown[]>([
          ['a', 'b', 'c'],
          [1, null, 'x'],
        ]),
      },
      uniqueItems: true,
      minItems: min,
    };
  return {
    type: 'array',
    ...(random() < 0.8 && { items: random() < 0.05 ? false : anySchema(maker, depth - 1) }),
    ...(random() < 0.3 && { prefixItems: [anySchema(maker, depth - 1), anySchema(maker, 0)] }),
    ...(random() < 0.4 && { minItems: min }),
    ...(random() < 0.4 && { maxItems: min + Math.floor(random() * 4) }),
  };
}

function objectSchema(maker: Maker, depth: number): Schema {
  const { random, pick } = maker;
  const chosen = names.filter(() => random() < 0.3);
  const min = Math.floor(random() * 3);
  return {
    type: 'object',
    properties: Object.fromEntries(chosen.map((name) => [name, anySchema(maker, depth - 1)])),
    required: chosen.filter(() => random() < 0.5),
    ...(random() < 0.3 && { additionalProperties: random() < 0.5 ? false : anySchema(maker, 0) }),
    ...(random() < 0.15 && { patternProperties: { [pick(['^p_', '^[ab]$', 'z$'])]: anySchema(maker, 0) } }),
    ...(random() < 0.15 && { minProperties: min }),
    ...(random() < 0.15 && { maxProperties: min + Math.floor(random() * 3) }),
    ...(random() < 0.1 && { propertyNames: { pattern: '^[a-z]' } }),
  };
}

function anyOfSchema(maker: Maker, depth: number): Schema {
  return { anyOf: Array.from({ length: 2 + Math.floor(maker.random() * 2) }, () => anySchema(maker, depth - 1)) };
}

function oneOfSchema(maker: Maker, depth: number): Schema {
  const branch = (kind: string): Schema => ({
    type: 'object',
    properties: { kind: { const: kind }, value: anySchema(maker, depth - 1) },
    required: ['kind'],
  });
  return { oneOf: [branch('one'), branch('two'), { type: 'null' }] };
}

function allOfSchema(maker: Maker, depth: number): Schema {
  const { random } = maker;
  const parts = [anySchema(maker, depth - 1), random() < 0.5 ? { type: ['string', 'object', 'array', 'number'] } : objectSchema(maker, 0)];
  return { allOf: parts };
}

function refSchema({ pick }: Maker): Schema {
  return pick<Schema>([{ $ref: '#/$defs/tree' }, { $ref: '#/$defs/part' }, { $ref: '#/$defs/part', title: 'beside' }]);
}

function treeSchema(maker: Maker): Schema {
  return {
    type: 'object',
    properties: { name: stringSchema(maker), children: { type: 'array', items: { $ref: '#/$defs/tree' }, maxItems: 2 } },
    required: ['name'],
    additionalProperties: false,
  };
}
