import type { ConstraintProfile, DecodingBounds } from '../limits.ts';
import type { Goal } from './goal.ts';
import type { SchemaRefusal } from './refusals.ts';
import type { SchemaDocument, SchemaNode } from './schema-document.ts';

/** Which texts a goal stands for: all of the schema's, or those that a model is let write. */
export type GoalKind = 'schema' | 'decoding';

/** What the expansion of a goal needs of the compiler. */
export interface Workshop {
  readonly document: SchemaDocument;
  readonly kind: GoalKind;
  readonly formats: (ConstraintProfile & { readonly type: 'schema' })['formats'];
  readonly bounds: DecodingBounds;
  /** Makes something of a condition; where it cannot be enforced and may be left to a check of the answer, undefined. */
  orLeave<T>(make: () => T): T | undefined;
  /** The goal of a value that all these schemas allow; expanded later, unless it is already. */
  goalOf(nodes: readonly SchemaNode[]): Goal;
  /** The same, expanded now. */
  expandNow(goal: Goal): Goal;
  /** Both branches of a `oneOf` at once: no value may fit. */
  forbid(nodes: readonly SchemaNode[], where: SchemaNode): void;
  refuse(refusal: SchemaRefusal): void;
  /** Counts work. @throws SchemaRefusedError when it is too much */
  spend(units: number): void;
}
