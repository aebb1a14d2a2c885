import { intersectDfas, lengthDfa, uniteDfas } from '../regex/combine-dfa.ts';
import type { Dfa } from '../regex/dfa.ts';
import type { ArrayForm, Form, Goal, Member, ObjectForm } from './goal.ts';
import { type OpenNames, openNames } from './open-names.ts';
import { refuse } from './refusals.ts';
import { numbersOf, patternDfa, placeOf } from './scalar-forms.ts';
import { escapeSegment, type SchemaNode } from './schema-document.ts';
import type { Workshop } from './workshop.ts';

type Keywords = Readonly<Record<string, unknown>>;

const keywordsOf = ({ schema }: SchemaNode): Keywords => schema as Keywords; // alternatives hold no boolean schemas
const maxDistinct = 64;
const maxNameBound = 200;

/** The arrays that fit, or undefined when the bounds contradict each other. */
export function arrayFormOf(workshop: Workshop, nodes: readonly SchemaNode[]): ArrayForm | undefined {
  const { document, kind, bounds } = workshop;
  const tuples = nodes.map((node) => {
    const { prefixItems, items, additionalItems } = keywordsOf(node);
    const isOldForm = Array.isArray(items); // before 2020-12 a tuple was written as `items`, and what follows it as `additionalItems`
    const places = Array.isArray(prefixItems) ? prefixItems : isOldForm ? items : [];
    return { node, places, keyword: isOldForm ? 'items' : 'prefixItems', rest: isOldForm ? additionalItems : items };
  });
  const goalAt = (index: number): Goal =>
    workshop.goalOf(
      tuples.flatMap(({ node, places, keyword, rest }) => {
        if (index < places.length) return [document.node(places[index], node, `${keyword}/${index}`)];
        return rest === undefined ? [] : [document.node(rest, node, 'items')];
      }),
    );
  const length = Math.max(0, ...tuples.map(({ places }) => places.length));
  const min = Math.max(0, ...numbersOf(nodes, 'minItems'));
  const limit = Math.min(Number.POSITIVE_INFINITY, ...numbersOf(nodes, 'maxItems'));
  if (min > limit) return undefined;
  const isDefaultBound = kind === 'decoding' && limit === Number.POSITIVE_INFINITY;
  const max = isDefaultBound ? Math.max(bounds.maxItems, min, length) : limit;
  workshop.spend(length);
  const rest = goalAt(length);
  const isUnique = max > 1 && nodes.some((node) => keywordsOf(node).uniqueItems === true);
  const distinct = isUnique ? workshop.orLeave(() => listDistinct(workshop, nodes, rest, length)) : undefined;
  if (distinct !== undefined && distinct.length < min) return undefined;
  return {
    type: 'array',
    prefix: Array.from({ length }, (_, index) => goalAt(index)),
    rest,
    min,
    max: distinct === undefined ? max : Math.min(max, distinct.length),
    isDefaultBound: isDefaultBound && distinct === undefined,
    distinct,
  };
}

/** `uniqueItems` is enforced where the entries come out of an enum: what is left to choose from is then known. */
function listDistinct(workshop: Workshop, nodes: readonly SchemaNode[], rest: Goal, length: number): readonly Form[] {
  const reason = `is enforced for entries out of an enum of up to ${maxDistinct} plain values alone`;
  const forms = length > 0 ? [] : workshop.expandNow(rest).forms;
  const values = forms.flatMap((form): readonly Form[] => {
    if (form.type === 'literal' || (form.type === 'number' && form.only !== undefined)) return [form];
    if (form.type !== 'string' || form.literals === undefined) return refuse(placeOf(nodes), 'uniqueItems', reason);
    return form.literals.flatMap((text) => singleText(workshop, text));
  });
  if (length > 0 || values.length > maxDistinct) return refuse(placeOf(nodes), 'uniqueItems', reason);
  return values;
}

function singleText(workshop: Workshop, text: string): readonly Form[] {
  const { forms } = workshop.expandNow(workshop.goalOf([workshop.document.madeNode({ const: text }, workshop.document.root)]));
  return forms;
}

/** The objects that fit, or undefined when the bounds contradict each other. */
export function objectFormOf(workshop: Workshop, nodes: readonly SchemaNode[]): ObjectForm | undefined {
  const min = Math.max(0, ...numbersOf(nodes, 'minProperties'));
  const max = Math.min(Number.POSITIVE_INFINITY, ...numbersOf(nodes, 'maxProperties'));
  if (min > max) return undefined;
  const rules = nodes.map((node) => memberRulesOf(workshop, node));
  const required = new Set(nodes.flatMap((node) => listOf(keywordsOf(node).required)));
  const declared = new Set([...rules.flatMap(({ properties }) => [...properties.keys()]), ...required]);
  workshop.spend(declared.size * (1 + nodes.length / 4));
  const names = namesCondition(workshop, nodes);
  const members = [...declared].map((name): Member => {
    const isAllowed = names === undefined || names.matches(name);
    const goal = workshop.goalOf(isAllowed ? rules.flatMap((rule) => schemasFor(rule, name)) : [neverNode(workshop)]);
    return { name, goal, isRequired: required.has(name) };
  });
  return { type: 'object', members, open: openNamesOf(workshop, rules, names, { declared: declared.size, min }), min, max };
}

interface MemberRules {
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly patterns: readonly { readonly dfa: Dfa; readonly node: SchemaNode }[];
  readonly additional: SchemaNode | undefined;
}

function memberRulesOf(workshop: Workshop, node: SchemaNode): MemberRules {
  const { properties, patternProperties, additionalProperties } = keywordsOf(node);
  const { document } = workshop;
  return {
    properties: new Map(
      entriesOf(properties).map(([name, value]) => [name, document.node(value, node, `properties/${escapeSegment(name)}`)]),
    ),
    patterns: entriesOf(patternProperties).map(([pattern, value]) => ({
      dfa: patternDfa(workshop, node, pattern, 'patternProperties'),
      node: document.node(value, node, `patternProperties/${escapeSegment(pattern)}`),
    })),
    additional: additionalProperties === undefined ? undefined : document.node(additionalProperties, node, 'additionalProperties'),
  };
}

function schemasFor({ properties, patterns, additional }: MemberRules, name: string): readonly SchemaNode[] {
  const own = properties.get(name);
  const matching = patterns.filter(({ dfa }) => dfa.matches(name)).map(({ node }) => node);
  if (own === undefined && matching.length === 0) return additional === undefined ? [] : [additional];
  return own === undefined ? matching : [own, ...matching];
}

/** `propertyNames` as one automaton; undefined where it is not used. */
function namesCondition(workshop: Workshop, nodes: readonly SchemaNode[]): Dfa | undefined {
  const schemas = nodes.flatMap((node) => {
    const { propertyNames } = keywordsOf(node);
    return propertyNames === undefined ? [] : [workshop.document.node(propertyNames, node, 'propertyNames')];
  });
  if (schemas.length === 0) return undefined;
  const { forms } = workshop.expandNow(workshop.goalOf(schemas));
  const allowed = forms.flatMap((form) => {
    if (form.type !== 'string') return [];
    const isBounded = form.max !== Number.POSITIVE_INFINITY && !form.isDefaultBound;
    if (isBounded && form.max > maxNameBound)
      return refuse(placeOf(nodes), 'propertyNames', `bounds names at ${form.max} characters, more than ${maxNameBound}`);
    const length = lengthDfa(Math.min(form.min, maxNameBound), isBounded ? form.max : Number.POSITIVE_INFINITY);
    return [form.dfa === undefined ? length : intersectDfas(form.dfa, length)];
  });
  return uniteDfas(allowed);
}

function openNamesOf(
  workshop: Workshop,
  rules: readonly MemberRules[],
  names: Dfa | undefined,
  { declared, min }: { readonly declared: number; readonly min: number },
): OpenNames | undefined {
  const isOpenByWord = rules.some(({ additional, patterns }) => (additional !== undefined && additional.id !== 0) || patterns.length > 0);
  // Who lists members and says nothing of others wants these members.
  if (workshop.kind === 'decoding' && declared > 0 && declared >= min && !isOpenByWord) return undefined;
  const patterns = rules.flatMap((rule) => rule.patterns);
  const conditions = [...patterns.map(({ dfa }) => dfa), ...(names === undefined ? [] : [names])];
  const goalOf = (accepted: readonly boolean[]): Goal | undefined => {
    if (names !== undefined && accepted.at(-1) !== true) return undefined;
    let index = 0;
    const schemas = rules.flatMap((rule) => {
      const matching = rule.patterns.filter(() => accepted[index++] === true).map(({ node }) => node);
      return matching.length > 0 ? matching : rule.additional === undefined ? [] : [rule.additional];
    });
    return schemas.some(({ id }) => id === 0) ? undefined : workshop.goalOf(schemas);
  };
  const isDecoding = workshop.kind === 'decoding';
  const open = openNames(conditions, goalOf, {
    maxLength: isDecoding ? workshop.bounds.maxNameLength : Number.POSITIVE_INFINITY,
    maxCount: isDecoding ? Math.max(workshop.bounds.maxFreeMembers, min) : Number.POSITIVE_INFINITY,
  });
  return open.goals.length === 0 ? undefined : open;
}

function neverNode({ document }: Workshop): SchemaNode {
  return document.node(false, document.root, '');
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
