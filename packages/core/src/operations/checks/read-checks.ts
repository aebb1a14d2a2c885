import { codeCheckNames, conditionNames, findNearest, type SchemaCheck, VisionError } from '@h2ovl/contract';
import type { JsonSchema } from '../../json/copy-schema.ts';
import { isRecord } from '../../json/is-record.ts';
import { partsOf, schemaOf } from '../evidence/list-values.ts';

/** The keyword of checks. */
export const checkKeyword = 'x-check';

/** Checks of one schema; more are not read by anybody. */
const mostChecks = 200;

const oneSchema = ['items', 'additionalProperties', 'contains', 'not', 'if', 'then', 'else', 'propertyNames'];
const severalSchemas = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const namedSchemas = ['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas'];

/**
 * Counts the checks of a schema, and refuses those that do not exist or are not complete, wherever they stand.
 * @throws VisionError INVALID_ARGUMENT that says where, and names the checks there are
 */
export function checkChecks(schema: JsonSchema): number {
  let count = 0;
  const visit = (node: unknown, where: string): void => {
    if (!isRecord(node)) return;
    for (const check of checksIn(node, where)) {
      count += 1;
      if (count > mostChecks) throw refuse(where, `The schema has more than ${mostChecks} checks.`, 'Check less.');
      for (const path of pathsOf(check)) refuseUnknownPath(schema, node, path, where);
    }
    for (const name of oneSchema) visit(node[name], `${where}/${name}`);
    for (const name of severalSchemas) {
      const parts = node[name];
      if (Array.isArray(parts)) for (const [index, part] of parts.entries()) visit(part, `${where}/${name}/${index}`);
    }
    for (const name of namedSchemas) {
      const parts = node[name];
      if (isRecord(parts)) for (const [key, part] of Object.entries(parts)) visit(part, `${where}/${name}/${key}`);
    }
  };
  visit(schema, '#');
  return count;
}

/** The checks that a part of a schema has of its own. @throws VisionError as `checkChecks` does */
export function checksIn(node: JsonSchema, where = '#'): readonly SchemaCheck[] {
  const said = node[checkKeyword];
  if (said === undefined) return [];
  const list: readonly unknown[] = Array.isArray(said) ? said : [said];
  return list.map((check) => readCheck(check, where));
}

/** The paths that a check names. */
export function pathsOf(check: SchemaCheck): readonly string[] {
  if (typeof check === 'string') return [];
  if (check.check === 'order') return check.of;
  if (check.check === 'sum')
    return [...check.of, check.equals, ...(check.optional ?? []), ...(check.times === undefined ? [] : [check.times])];
  return [check.net, check.tax, check.gross, ...(typeof check.rate === 'string' ? [check.rate] : [])];
}

/** What stands in a condition, with how it is told apart. */
const members: Readonly<Record<(typeof conditionNames)[number], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  sum: { of: isPaths, equals: isPath, optional: orAbsent(isPaths), times: orAbsent(isPath), tolerance: orAbsent(isAmount) },
  tax: {
    net: isPath,
    tax: isPath,
    gross: isPath,
    rate: orAbsent((value) => isPath(value) || isAmount(value)),
    tolerance: orAbsent(isAmount),
  },
  order: { of: (value) => isPaths(value) && value.length > 1 },
};

function readCheck(said: unknown, where: string): SchemaCheck {
  const name: unknown = isRecord(said) ? said.check : said;
  if (typeof said === 'string' && (codeCheckNames as readonly string[]).includes(said)) return said as SchemaCheck;
  const known = isRecord(said) && (conditionNames as readonly unknown[]).includes(name) ? members[name as keyof typeof members] : undefined;
  if (known === undefined || !isRecord(said)) throw refuseName(name, said, where);
  for (const [member, fits] of Object.entries(known)) {
    if (!fits(said[member])) {
      throw refuse(
        where,
        `The check ${String(name)} has ${JSON.stringify(said[member]) ?? 'no value'} as ${member}.`,
        examples[name as keyof typeof examples],
      );
    }
  }
  const odd = Object.keys(said).find((member) => member !== 'check' && !Object.hasOwn(known, member));
  if (odd !== undefined)
    throw refuse(where, `The check ${String(name)} has no member ${JSON.stringify(odd)}.`, `It takes ${Object.keys(known).join(', ')}.`);
  return said as unknown as SchemaCheck; // its members were looked at
}

const examples: Readonly<Record<(typeof conditionNames)[number], string>> = {
  sum: 'Write it as { "check": "sum", "of": ["items[].amount"], "equals": "total" }; paths are names with dots, and [] for all entries of a list.',
  tax: 'Write it as { "check": "tax", "net": "subtotal", "tax": "tax", "gross": "total" }; rate is a path or a percentage.',
  order: 'Write it as { "check": "order", "of": ["issued", "due"] }, with two dates or more.',
};

function refuseName(name: unknown, said: unknown, where: string): VisionError {
  const codes = codeCheckNames.join(', ');
  const conditions = conditionNames.join(', ');
  const all: readonly string[] = [...codeCheckNames, ...conditionNames];
  const hint = `Checks of a value are ${codes}, as text; checks of an object are ${conditions}, as { "check": name, … }.`;
  if (typeof name === 'string' && all.includes(name)) return refuse(where, `The check ${name} stands there as ${typeof said}.`, hint);
  const near = typeof name === 'string' ? findNearest(name, all) : undefined;
  const shown = (JSON.stringify(name) ?? 'nothing').slice(0, 60);
  return refuse(where, `There is no check ${shown}.`, near === undefined ? hint : `Did you mean ${near}? ${hint}`);
}

/** A path that the schema does not have would never be judged. */
function refuseUnknownPath(root: JsonSchema, node: JsonSchema, path: string, where: string): void {
  let at: unknown = node;
  for (const step of stepsOf(path)) {
    const parts = partsOf(root, at);
    const isOpen = parts.every(({ properties, items }) => (step === 0 ? items === undefined : properties === undefined));
    const next = schemaOf(root, at, step);
    if (next === undefined && isOpen) return; // the schema says nothing of what is in there
    if (next === undefined) {
      throw refuse(
        where,
        `A check names ${JSON.stringify(path)}, which the schema does not have there.`,
        'Paths begin at the object that has the check.',
      );
    }
    at = next;
  }
}

/** `items[].price` as its steps: names, and 0 for the entries of a list. */
export function stepsOf(path: string): readonly (string | 0)[] {
  return path.split('.').flatMap((part) => (part.endsWith('[]') ? [part.slice(0, -2), 0 as const] : [part]));
}

function refuse(where: string, message: string, hint: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `${message} (${checkKeyword} at ${where})`, { hint, param: 'schema' });
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && /^[^.[\]]+(?:\[\])?(?:\.[^.[\]]+(?:\[\])?)*$/.test(value);
}

function isPaths(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isPath);
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function orAbsent(fits: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || fits(value);
}
