import { type ConstraintProfile, type DecodingBounds, decodingBounds, maxGoals, maxWork } from './limits.ts';
import { expandGoal } from './schema/expand-goal.ts';
import { type Goal, impossible } from './schema/goal.ts';
import { measureGoals } from './schema/measure-goals.ts';
import { refuse, type SchemaRefusal, SchemaRefusedError } from './schema/refusals.ts';
import { placeOf } from './schema/scalar-forms.ts';
import { SchemaDocument, type SchemaNode } from './schema/schema-document.ts';
import type { GoalKind, Workshop } from './schema/workshop.ts';

/** A schema that is ready to decide over texts. */
export interface CompiledSchema {
  readonly root: Goal;
  readonly profile: ConstraintProfile;
  /** Whether all conditions are enforced: none was left to a check of the answer. */
  readonly isWhole: boolean;
}

/**
 * Turns a JSON Schema into goals, within a budget of work that an idle machine needs less than a second for. That is too long for an event loop:
 * `schema-thread` runs it in a thread of its own.
 *
 * @throws SchemaRefusedError naming each keyword that cannot be enforced, and schemas that allow no value or cost too much
 */
export function compileSchema(schema: Readonly<Record<string, unknown>> | boolean, profile: ConstraintProfile): CompiledSchema {
  const compiler = new Compiler(schema, profile);
  const root = compiler.compile();
  return { root, profile, isWhole: compiler.isWhole };
}

class Compiler {
  readonly #profile: ConstraintProfile;
  readonly #document: SchemaDocument;
  readonly #goals = new Map<string, Goal>();
  readonly #pending: Goal[] = [];
  readonly #kinds = new Map<Goal, GoalKind>();
  readonly #expanded = new Set<Goal>();
  /** Goals that are being expanded. */
  readonly #open = new Set<Goal>();
  readonly #forbidden: { readonly goal: Goal; readonly where: SchemaNode }[] = [];
  readonly #refusals = new Map<string, SchemaRefusal>();
  readonly #root: Goal;
  readonly #leaves: boolean;
  #isWhole = true;
  #workLeft = maxWork;

  constructor(schema: Readonly<Record<string, unknown>> | boolean, profile: ConstraintProfile) {
    this.#profile = profile;
    this.#leaves = profile.type === 'decoding' && profile.unsupported === 'leave';
    this.#document = new SchemaDocument(schema);
    this.#root = this.#goalOf([this.#document.root], profile.type);
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  compile(): Goal {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) this.#expand(next);
    if (this.#refusals.size > 0) throw new SchemaRefusedError([...this.#refusals.values()]);
    measureGoals([...this.#expanded]);
    for (const { goal, where } of this.#forbidden) {
      if (goal.height !== impossible)
        refuse(where.pointer, 'oneOf', 'has branches that overlap: a value may fit two of them. anyOf can be enforced');
    }
    if (this.#root.height === impossible) refuse('#', undefined, 'allows no value');
    if (this.#profile.type === 'decoding' && this.#root.height > this.#profile.bounds.maxDepth) {
      refuse('#', undefined, `needs more than ${this.#profile.bounds.maxDepth} levels of brackets`);
    }
    return this.#root;
  }

  #goalOf(nodes: readonly SchemaNode[], kind: GoalKind): Goal {
    const distinct = nodes.filter(({ id }, index) => id !== 1 && nodes.findIndex((other) => other.id === id) === index);
    const key = `${kind}:${distinct.map(({ id }) => id).join()}`;
    let goal = this.#goals.get(key);
    if (goal === undefined) {
      if (this.#goals.size >= maxGoals) refuse('#', undefined, `has, with its parts combined, more than ${maxGoals} parts`);
      goal = { id: this.#goals.size, nodes: distinct, forms: [], height: impossible };
      this.#goals.set(key, goal);
      this.#kinds.set(goal, kind);
      this.#pending.push(goal);
    }
    return goal;
  }

  #expand(goal: Goal): Goal {
    if (this.#open.has(goal)) refuse(placeOf(goal.nodes), undefined, 'asks for its own values to decide what its values are');
    if (this.#expanded.has(goal)) return goal;
    this.#expanded.add(goal);
    this.#open.add(goal);
    expandGoal(this.#workshop(this.#kinds.get(goal) as GoalKind), goal);
    this.#open.delete(goal);
    return goal;
  }

  #workshop(kind: GoalKind): Workshop {
    const profile = this.#profile;
    const bounds: DecodingBounds = profile.type === 'decoding' ? profile.bounds : decodingBounds;
    return {
      document: this.#document,
      kind,
      formats: profile.type === 'schema' ? profile.formats : 'assert',
      bounds,
      goalOf: (nodes) => this.#goalOf(nodes, kind),
      expandNow: (goal) => this.#expand(goal),
      // A value that fits two branches must not exist in the schema's own sense, whatever a model would be let write.
      forbid: (nodes, where) => this.#forbidden.push({ goal: this.#goalOf(nodes, 'schema'), where }),
      refuse: (refusal) => {
        if (this.#leaves) this.#isWhole = false;
        else this.#refusals.set(`${refusal.pointer} ${refusal.keyword}`, refusal);
      },
      orLeave: (make) => {
        try {
          return make();
        } catch (error) {
          if (!this.#leaves || !(error instanceof SchemaRefusedError)) throw error;
          this.#isWhole = false;
          return undefined;
        }
      },
      spend: (units) => {
        this.#workLeft -= units;
        if (this.#workLeft < 0) refuse('#', undefined, 'takes too much work to compile: it combines too many parts');
      },
    };
  }
}
