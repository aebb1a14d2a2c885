import { maxAlternatives } from '../limits.ts';
import { findUnsupported } from './keywords.ts';
import { refuse } from './refusals.ts';
import type { SchemaNode } from './schema-document.ts';
import type { Workshop } from './workshop.ts';

/** Schemas that must all hold, with references and branches resolved: only their own keywords are left to look at. */
export interface Alternative {
  /** What comes by reference or `allOf` stands before the schema that names it: members are declared in this order. */
  readonly nodes: readonly SchemaNode[];
  readonly types: TypeSet;
}

/** The types a value may have. */
export interface TypeSet {
  readonly null: boolean;
  readonly boolean: boolean;
  readonly number: 'any' | 'integer' | 'none';
  readonly string: boolean;
  readonly array: boolean;
  readonly object: boolean;
}

const anyType: TypeSet = { null: true, boolean: true, number: 'any', string: true, array: true, object: true };
const knownTypes = new Set(['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']);

interface Draft {
  readonly seen: ReadonlySet<number>;
  readonly nodes: readonly SchemaNode[];
  readonly types: TypeSet;
}

/** All ways to choose one branch of each `anyOf` and `oneOf`; those without a type in common are left out. */
export function listAlternatives(workshop: Workshop, nodes: readonly SchemaNode[]): readonly Alternative[] {
  let drafts: readonly Draft[] = [{ seen: new Set(), nodes: [], types: anyType }];
  for (const node of nodes) drafts = addNode(workshop, node, drafts);
  const byNodes = new Map(
    drafts.map((draft) => [
      [...draft.nodes]
        .map(({ id }) => id)
        .sort((a, b) => a - b)
        .join(),
      draft,
    ]),
  );
  return [...byNodes.values()];
}

function addNode(workshop: Workshop, node: SchemaNode, drafts: readonly Draft[]): readonly Draft[] {
  const { schema } = node;
  if (typeof schema === 'boolean') return schema ? drafts : [];
  workshop.spend(1 + drafts.length);
  const done = drafts.filter(({ seen }) => seen.has(node.id));
  let open: readonly Draft[] = drafts
    .filter(({ seen }) => !seen.has(node.id))
    .map(({ seen, nodes, types }) => ({ seen: new Set([...seen, node.id]), nodes, types: intersectTypes(types, typesOf(node)) }))
    .filter(({ types }) => hasType(types));
  if (open.length === 0) return done;
  for (const refusal of findUnsupported(node, workshop.formats)) workshop.refuse(refusal);
  if (schema.$ref !== undefined) open = addNode(workshop, workshop.document.resolve(schema.$ref, node), open);
  for (const part of listOf(workshop, node, 'allOf')) open = addNode(workshop, part, open);
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = listOf(workshop, node, keyword);
    if (branches.length === 0) continue;
    if (keyword === 'oneOf') forbidOverlap(workshop, node, branches);
    const before = open;
    open = branches.flatMap((branch) => addNode(workshop, branch, before));
    if (open.length > maxAlternatives)
      refuse(node.pointer, keyword, `has, with the other branches here, more than ${maxAlternatives} combinations`);
  }
  return [...done, ...open.map((draft) => ({ ...draft, nodes: [...draft.nodes, node] }))];
}

function listOf({ document }: Workshop, node: SchemaNode, keyword: 'allOf' | 'anyOf' | 'oneOf'): readonly SchemaNode[] {
  const value = (node.schema as Readonly<Record<string, unknown>>)[keyword];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length === 0) return refuse(node.pointer, keyword, 'must be a list of schemas');
  return value.map((branch, index) => document.node(branch, node, `${keyword}/${index}`));
}

/** One of them and no other holds: while decoding that is the same as any of them, where no value fits two. */
function forbidOverlap(workshop: Workshop, node: SchemaNode, branches: readonly SchemaNode[]): void {
  const { oneOf: _, ...others } = node.schema as Readonly<Record<string, unknown>>;
  const beside = Object.keys(others).length === 0 ? [] : [workshop.document.madeNode(others, node)];
  for (const [index, left] of branches.entries()) {
    for (const right of branches.slice(index + 1)) workshop.forbid([...beside, left, right], node);
  }
}

function typesOf(node: SchemaNode): TypeSet {
  const { type, nullable } = node.schema as Readonly<Record<string, unknown>>;
  if (type === undefined) return anyType;
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  for (const name of names) {
    if (typeof name !== 'string' || !knownTypes.has(name))
      refuse(node.pointer, 'type', `is ${JSON.stringify(name)}, which JSON Schema does not know`);
  }
  return {
    null: names.includes('null') || nullable === true, // OpenAPI 3.0's word for it, which Ajv follows too
    boolean: names.includes('boolean'),
    number: names.includes('number') ? 'any' : names.includes('integer') ? 'integer' : 'none',
    string: names.includes('string'),
    array: names.includes('array'),
    object: names.includes('object'),
  };
}

function intersectTypes(left: TypeSet, right: TypeSet): TypeSet {
  const number =
    left.number === 'none' || right.number === 'none'
      ? 'none'
      : left.number === 'integer' || right.number === 'integer'
        ? 'integer'
        : 'any';
  return {
    null: left.null && right.null,
    boolean: left.boolean && right.boolean,
    number,
    string: left.string && right.string,
    array: left.array && right.array,
    object: left.object && right.object,
  };
}

function hasType(types: TypeSet): boolean {
  return types.null || types.boolean || types.number !== 'none' || types.string || types.array || types.object;
}
