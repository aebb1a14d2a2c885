import { writePlain } from '../number/decimal.ts';
import { type Alternative, listAlternatives, type TypeSet } from './alternatives.ts';
import { arrayFormOf, objectFormOf } from './container-forms.ts';
import type { Form, Goal } from './goal.ts';
import { refuse } from './refusals.ts';
import { fitsNumber, numberFormOf, onlyNumber, stringFormOf } from './scalar-forms.ts';
import type { SchemaNode } from './schema-document.ts';
import type { Workshop } from './workshop.ts';

type Keywords = Readonly<Record<string, unknown>>;

/** Fills in the forms of a goal's values. */
export function expandGoal(workshop: Workshop, goal: Goal): void {
  const forms = listAlternatives(workshop, goal.nodes).flatMap((alternative) => formsOf(workshop, alternative));
  goal.forms = withoutRepeats(forms);
}

/** Literals that several branches allow count once. */
function withoutRepeats(forms: readonly Form[]): readonly Form[] {
  const texts = new Set<string>();
  return forms.filter((form) => {
    if (form.type !== 'literal') return true;
    const isNew = !texts.has(form.text);
    texts.add(form.text);
    return isNew;
  });
}

function formsOf(workshop: Workshop, alternative: Alternative): readonly Form[] {
  const values = listValues(alternative.nodes);
  return values === undefined ? generalForms(workshop, alternative) : valueForms(workshop, alternative, values);
}

function generalForms(workshop: Workshop, { nodes, types }: Alternative): readonly Form[] {
  const isWhole = types.number === 'integer';
  const forms: (Form | undefined)[] = [
    ...(types.null ? [literal('null')] : []),
    ...(types.boolean ? [literal('true'), literal('false')] : []),
    types.number === 'none' ? undefined : numberFormOf(workshop, nodes, isWhole),
    types.string ? stringFormOf(workshop, nodes) : undefined,
    types.array ? arrayFormOf(workshop, nodes) : undefined,
    types.object ? objectFormOf(workshop, nodes) : undefined,
  ];
  return forms.filter((form) => form !== undefined);
}

const literal = (text: string): Form => ({ type: 'literal', text });

/** The values that every `enum` and `const` names; undefined where there is none. */
function listValues(nodes: readonly SchemaNode[]): readonly unknown[] | undefined {
  let values: readonly unknown[] | undefined;
  for (const { schema, pointer } of nodes) {
    const { const: only, enum: list } = schema as Keywords;
    for (const named of [only === undefined ? undefined : [only], list]) {
      if (named === undefined) continue;
      if (!Array.isArray(named)) return refuse(pointer, 'enum', 'must be a list');
      const keys = new Set(named.map(keyOf));
      values = values === undefined ? uniqueValues(named) : values.filter((value) => keys.has(keyOf(value)));
    }
  }
  return values;
}

function uniqueValues(values: readonly unknown[]): readonly unknown[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()];
}

/** Equal for equal JSON values: members in one order, 1.0 as 1. */
function keyOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${keyOf(entry)}`).join()}}`;
}

function valueForms(workshop: Workshop, alternative: Alternative, values: readonly unknown[]): readonly Form[] {
  const { nodes, types } = alternative;
  workshop.spend(values.length / 10);
  const texts = values.filter((value) => typeof value === 'string');
  const stringForm = types.string && texts.length > 0 ? stringFormOf(workshop, nodes, writable(workshop, texts)) : undefined;
  const others = values.flatMap((value): readonly Form[] => {
    if (value === null) return types.null ? [literal('null')] : [];
    switch (typeof value) {
      case 'boolean':
        return types.boolean ? [literal(String(value))] : [];
      case 'number':
        return numberForms(workshop, alternative, value);
      case 'object':
        return structuredForms(workshop, alternative, value);
      default:
        return [];
    }
  });
  return stringForm === undefined ? others : [stringForm, ...others];
}

/** Half a surrogate pair cannot be written in UTF-8. */
function writable({ kind }: Workshop, texts: readonly string[]): readonly string[] {
  return kind === 'schema' ? texts : texts.filter((text) => !/\p{Surrogate}/u.test(text));
}

function numberForms(workshop: Workshop, { nodes, types }: Alternative, value: number): readonly Form[] {
  if (types.number === 'none' || !fitsNumber(workshop, nodes, types.number === 'integer', writePlain(value))) return [];
  return [workshop.kind === 'schema' ? onlyNumber(workshop, value, nodes) : literal(JSON.stringify(value))];
}

/** An object or array out of an enum is a schema of its own, with one value for each part. */
function structuredForms(workshop: Workshop, { nodes, types }: Alternative, value: object): readonly Form[] {
  if (Array.isArray(value) ? !types.array : !types.object) return [];
  workshop.spend(1);
  const entries = Object.entries(value);
  const exact: Keywords = Array.isArray(value)
    ? { prefixItems: value.map((entry: unknown) => ({ const: entry })), items: false, minItems: value.length }
    : {
        properties: Object.fromEntries(entries.map(([name, entry]) => [name, { const: entry as unknown }])),
        required: entries.map(([name]) => name),
        additionalProperties: false,
      };
  const others = nodes.filter(({ schema }) => Object.keys(schema).some((keyword) => keyword !== 'enum' && keyword !== 'const'));
  const all = [workshop.document.madeNode(exact, others[0] ?? workshop.document.root), ...others];
  const only: TypeSet = {
    null: false,
    boolean: false,
    number: 'none',
    string: false,
    array: Array.isArray(value),
    object: !Array.isArray(value),
  };
  return generalForms(workshop, { nodes: all, types: only });
}
