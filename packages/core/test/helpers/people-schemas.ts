type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const number: Schema = { type: 'number' };
const date: Schema = { type: 'string', format: 'date' };
const list = (items: Schema, rest: Schema = {}): Schema => ({ type: 'array', items, ...rest });
const closed = (properties: Record<string, Schema>, required: readonly string[] = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const open = (properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({ type: 'object', properties, required });

const money = closed({ amount: { type: 'number', multipleOf: 0.01 }, currency: { type: 'string', pattern: '^[A-Z]{3}$' } });
const address = closed({ street: text, city: text, postal_code: { type: 'string', pattern: '^[0-9A-Z -]{3,10}$' }, country: orNull(text) });
const lineItem = closed({ description: { type: 'string', maxLength: 200 }, quantity: number, unit_price: number, amount: number });
const nullable = (type: string, rest: Schema = {}): Schema => ({ type: [type, 'null'], ...rest });

/** The kinds of schema that people hand to extraction services: invoices, receipts, passports, forms, tables and some that are awkward. */
export const peopleSchemas: Readonly<Record<string, Schema>> = {
  'receipt, flat': open({ company: text, date: text, address: text, total: text }, ['company', 'date', 'address', 'total']),
  'receipt, typed': closed({
    merchant: text,
    date,
    total: number,
    currency: { enum: ['EUR', 'USD', 'GBP', 'CHF'] },
    paid: { type: 'boolean' },
  }),
  'receipt with items': closed({ store: text, items: list(closed({ name: text, price: number })), total: number }),
  'receipt, everything nullable': closed({
    store: nullable('string'),
    date: nullable('string', { format: 'date' }),
    total: nullable('number'),
  }),
  'receipt, optional members': open({ store: text, tip: number, cashier: text, table: { type: 'integer' } }, ['store']),
  'invoice, strict': closed({ number: text, date, due: orNull(date), seller: text, buyer: text, lines: list(lineItem), total: number }),
  'invoice with references': {
    $ref: '#/$defs/invoice',
    $defs: {
      money,
      address,
      invoice: closed({ id: text, from: { $ref: '#/$defs/address' }, to: { $ref: '#/$defs/address' }, total: { $ref: '#/$defs/money' } }),
    },
  },
  'invoice with tax rates': closed({
    net: number,
    rates: list(closed({ rate: { enum: [0, 7, 19] }, amount: number }), { minItems: 1, maxItems: 3 }),
    gross: number,
  }),
  'invoice, draft-07': {
    $schema: 'http://json-schema.org/draft-07/schema#',
    definitions: { line: lineItem },
    ...closed({ id: text, lines: list({ $ref: '#/definitions/line' }) }),
  },
  'invoice head': closed({
    iban: { type: 'string', pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' },
    vat_id: nullable('string', { maxLength: 14 }),
  }),
  passport: closed({
    surname: text,
    given_names: text,
    number: { type: 'string', pattern: '^[A-Z0-9]{6,9}$' },
    nationality: { type: 'string', minLength: 3, maxLength: 3 },
    birth: date,
    sex: { enum: ['M', 'F', 'X'] },
    expiry: date,
  }),
  'passport, machine-readable lines': closed({ mrz: list({ type: 'string', pattern: '^[A-Z0-9<]{44}$' }, { minItems: 2, maxItems: 2 }) }),
  'driving licence': closed({
    number: text,
    classes: list({ enum: ['AM', 'A1', 'A', 'B', 'C', 'D'] }, { uniqueItems: true }),
    issued: date,
    expires: orNull(date),
  }),
  'business card': closed({
    name: text,
    title: nullable('string'),
    email: orNull({ type: 'string', format: 'email' }),
    phones: list(text, { maxItems: 4 }),
    web: orNull({ type: 'string', format: 'uri' }),
  }),
  'bank statement': closed({
    account: text,
    period: closed({ from: date, to: date }),
    bookings: list(closed({ date, text, amount: number, kind: { enum: ['debit', 'credit'] } })),
  }),
  cheque: closed({ payee: text, amount: { type: 'number', minimum: 0, exclusiveMaximum: 1000000, multipleOf: 0.01 }, words: text, date }),
  'tax form': closed({
    year: { type: 'integer', minimum: 1990, maximum: 2035 },
    boxes: list(closed({ box: { type: 'string', pattern: '^[0-9]{1,2}[a-z]?$' }, value: nullable('number') })),
  }),
  'application form': closed({
    name: text,
    married: nullable('boolean'),
    children: { type: 'integer', minimum: 0, maximum: 20 },
    languages: list(text, { maxItems: 6 }),
    signature: { type: 'boolean' },
  }),
  'form, key and value': closed({
    fields: list(closed({ label: text, value: nullable('string'), confidence: { type: 'number', minimum: 0, maximum: 1 } })),
  }),
  'form, check boxes': closed({ options: list(closed({ text, checked: { type: 'boolean' } })) }),
  'form, free members': { type: 'object', additionalProperties: { type: ['string', 'null'] } },
  'medical label': closed({
    drug: text,
    strength: { type: 'string', pattern: '^\\d+(\\.\\d+)? ?(mg|g|ml|µg)$' },
    lot: text,
    expires: { type: 'string', pattern: '^\\d{4}-(0[1-9]|1[0-2])$' },
  }),
  'lab report': closed({
    patient: text,
    results: list(
      closed({ test: text, value: { anyOf: [number, text] }, unit: nullable('string'), flag: { enum: ['H', 'L', 'N', null] } }),
    ),
  }),
  'nutrition label': closed({
    serving: text,
    nutrients: list(closed({ name: text, per_100: number, unit: { enum: ['g', 'mg', 'kcal', 'kJ'] } })),
  }),
  'parcel label': closed({ tracking: { type: 'string', pattern: '^1Z[0-9A-Z]{16}$' }, weight_kg: number, to: address }),
  'time table': closed({
    line: text,
    stops: list(closed({ stop: text, time: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' } })),
  }),
  'event poster': closed({
    title: text,
    starts: { type: 'string', format: 'date-time' },
    place: text,
    price: { anyOf: [number, { const: 'free' }] },
  }),
  menu: closed({
    sections: list(
      closed({
        title: text,
        dishes: list(closed({ name: text, price: nullable('number'), tags: list({ enum: ['vegan', 'spicy', 'new'] }, { maxItems: 3 }) })),
      }),
    ),
  }),
  'table of texts': closed({ columns: list(text, { maxItems: 8 }), rows: list(list(nullable('string'), { maxItems: 8 })) }),
  'table of numbers': closed({ header: text, values: list(list(number, { minItems: 3, maxItems: 3 })) }),
  'point list': { type: 'array', items: { type: 'array', prefixItems: [number, number], items: false, minItems: 2 } },
  'root list': { type: 'array', items: closed({ name: text, price: number }) },
  'chart reading': closed({
    type: { enum: ['bar', 'line', 'pie'] },
    series: list(closed({ name: text, points: list(closed({ x: { anyOf: [text, number] }, y: number })) })),
  }),
  'meter reading': closed({ meter: text, reading: { type: 'integer', minimum: 0 }, unit: { const: 'kWh' } }),
  'number plate': closed({
    plate: { type: 'string', pattern: '^[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} [1-9]\\d{0,3}$' },
    country: { type: 'string', maxLength: 3 },
  }),
  'contact, recursive': {
    $ref: '#/$defs/person',
    $defs: { person: open({ name: text, reports: list({ $ref: '#/$defs/person' }, { maxItems: 3 }) }, ['name']) },
  },
  'table of contents, recursive': {
    $ref: '#/$defs/node',
    $defs: { node: closed({ title: text, page: nullable('integer'), children: list({ $ref: '#/$defs/node' }, { maxItems: 4 }) }) },
  },
  'union by kind': {
    oneOf: [
      closed({ kind: { const: 'invoice' }, total: number }),
      closed({ kind: { const: 'receipt' }, store: text }),
      closed({ kind: { const: 'other' } }),
    ],
  },
  'union without a kind': { anyOf: [closed({ total: number }), closed({ total: number, tax: number }), closed({ note: text })] },
  'inherited members': {
    allOf: [open({ id: text }, ['id']), open({ total: number }, ['total']), { required: ['date'], properties: { date } }],
  },
  'network device': closed({
    host: text,
    ipv4: { type: 'string', format: 'ipv4' },
    ipv6: orNull({ type: 'string', format: 'ipv6' }),
    id: { type: 'string', format: 'uuid' },
  }),
  'prefixed members': {
    type: 'object',
    properties: { name: text },
    required: ['name'],
    patternProperties: { '^x_[a-z]+$': text },
    additionalProperties: false,
  },
  'map of prices': {
    type: 'object',
    additionalProperties: number,
    minProperties: 1,
    maxProperties: 5,
    propertyNames: { pattern: '^[a-z]{1,8}$' },
  },
  'names that need escapes': closed({
    'say "hi"': text,
    'back\\slash': number,
    'größe (cm)': { type: 'integer' },
    '': { type: 'boolean' },
  }),
  'enum with escapes': closed({ sign: { enum: ['"', '\\', '€', '\n', '日本', ''] }, list: { enum: [[1, 'a'], { b: null }, 0.1, true] } }),
  ratings: closed({
    stars: { type: 'integer', minimum: 1, maximum: 5 },
    score: { type: 'number', minimum: 0, maximum: 10, multipleOf: 0.5 },
    delta: { type: 'number', exclusiveMinimum: -1, exclusiveMaximum: 1 },
  }),
  'short codes': closed({
    a: { type: 'string', minLength: 2, maxLength: 2 },
    b: { type: 'string', maxLength: 0 },
    c: { type: 'string', minLength: 1 },
  }),
  'times of day': closed({
    opens: { type: 'string', format: 'time' },
    days: list({ enum: ['Mo', 'Tu', 'We'] }, { uniqueItems: true, minItems: 2 }),
  }),
  anything: {},
  'any object': { type: 'object' },
};
